package crosvm.vmm.linux.abi;

/** glibc's {@code struct termios} (termios.h) as tcgetattr(3) fills it, with the flags that raw mode changes. */
public final class Termios {
    private static final Struct.Builder S = Struct.named("termios");
    public static final Field IFLAG = S.u32("c_iflag");
    public static final Field OFLAG = S.u32("c_oflag");
    public static final Field CFLAG = S.u32("c_cflag");
    public static final Field LFLAG = S.u32("c_lflag");
    public static final Field LINE = S.u8("c_line");
    public static final Field CC = S.array("c_cc", 1, 32);
    public static final Field ISPEED = S.u32("c_ispeed");
    public static final Field OSPEED = S.u32("c_ospeed");
    public static final Struct LAYOUT = S.build();

    public static final int IGNBRK = 0x1;
    public static final int BRKINT = 0x2;
    public static final int PARMRK = 0x8;
    public static final int ISTRIP = 0x20;
    public static final int INLCR = 0x40;
    public static final int IGNCR = 0x80;
    public static final int ICRNL = 0x100;
    public static final int IXON = 0x400;

    public static final int ISIG = 0x1;
    public static final int ICANON = 0x2;
    public static final int ECHO = 0x8;
    public static final int ECHONL = 0x40;
    public static final int IEXTEN = 0x8000;

    /** Index in {@code c_cc} of how long, in tenths of a second, a read waits for more. */
    public static final int VTIME = 5;

    /** Index in {@code c_cc} of the fewest bytes a read returns. */
    public static final int VMIN = 6;

    /** The terminal changes at once, and input typed so far is kept. */
    public static final int TCSANOW = 0;

    private Termios() {}
}
