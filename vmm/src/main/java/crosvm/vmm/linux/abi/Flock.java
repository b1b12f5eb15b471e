package crosvm.vmm.linux.abi;

/** {@code struct flock} (fcntl.h), for locks that belong to an open file description (fcntl(2), F_OFD_SETLK). */
public final class Flock {
    private static final Struct.Builder S = Struct.named("flock");
    public static final Field TYPE = S.u16("l_type");
    public static final Field WHENCE = S.u16("l_whence");
    public static final Field START = S.u64("l_start");
    public static final Field LEN = S.u64("l_len");
    public static final Field PID = S.u32("l_pid");
    public static final Struct LAYOUT = S.build();

    public static final int F_OFD_SETLK = 37;
    public static final int F_RDLCK = 0;
    public static final int F_WRLCK = 1;

    private Flock() {}
}
