package crosvm.vmm.linux.abi;

/** A terminal's size (asm/termios.h): what TIOCGWINSZ fills. */
public final class WindowSize {
    private static final Struct.Builder S = Struct.named("winsize");
    public static final Field ROWS = S.u16("ws_row");
    public static final Field COLUMNS = S.u16("ws_col");
    public static final Field WIDTH = S.u16("ws_xpixel");
    public static final Field HEIGHT = S.u16("ws_ypixel");
    public static final Struct LAYOUT = S.build();

    /** Older than the numbering of ioctls by size and direction (asm-generic/ioctls.h). */
    public static final Ioctl TIOCGWINSZ = Ioctl.none("TIOCGWINSZ", 'T', 0x13);

    private WindowSize() {}
}
