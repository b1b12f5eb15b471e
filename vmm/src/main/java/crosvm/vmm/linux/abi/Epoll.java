package crosvm.vmm.linux.abi;

/** {@code struct epoll_event} (sys/epoll.h), which x86-64 packs: the 64-bit data is at offset 4. */
public final class Epoll {
    private static final Struct.Builder S = Struct.named("epoll_event");
    public static final Field EVENTS = S.u32("events");
    /** Two words, because a 64-bit member would be aligned to 8. */
    public static final Field DATA = S.array("data", 4, 2);

    public static final Struct EVENT = S.build();

    public static final int CTL_ADD = 1;
    public static final int CTL_DEL = 2;

    public static final int IN = 0x001;
    public static final int OUT = 0x004;
    public static final int ERR = 0x008;
    public static final int HUP = 0x010;
    public static final int RDHUP = 0x2000;
    public static final int EDGE_TRIGGERED = 1 << 31;

    private Epoll() {}
}
