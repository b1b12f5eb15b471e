package crosvm.vmm.linux.abi;

/** What io_uring(7) shares with user space (linux/io_uring.h), as far as reads and writes need it. */
public final class IoUringLayout {
    private static final Struct.Builder S = Struct.named("io_uring_sqe");
    public static final Field SQE_OPCODE = S.u8("opcode");
    public static final Field SQE_FLAGS = S.u8("flags");
    public static final Field SQE_IOPRIO = S.u16("ioprio");
    public static final Field SQE_FD = S.u32("fd");
    public static final Field SQE_OFF = S.u64("off");
    public static final Field SQE_ADDR = S.u64("addr");
    public static final Field SQE_LEN = S.u32("len");
    public static final Field SQE_RW_FLAGS = S.u32("rw_flags");
    public static final Field SQE_USER_DATA = S.u64("user_data");
    /** A submission. Zero behind the members declared here. */
    public static final Struct SQE = S.build(64);

    private static final Struct.Builder C = Struct.named("io_uring_cqe");
    public static final Field CQE_USER_DATA = C.u64("user_data");
    public static final Field CQE_RES = C.u32("res");
    public static final Field CQE_FLAGS = C.u32("flags");
    /** A completion. */
    public static final Struct CQE = C.build();

    private static final Struct.Builder SO = Struct.named("io_sqring_offsets");
    public static final Field SQ_HEAD = SO.u32("head");
    public static final Field SQ_TAIL = SO.u32("tail");
    public static final Field SQ_RING_MASK = SO.u32("ring_mask");
    public static final Field SQ_RING_ENTRIES = SO.u32("ring_entries");
    public static final Field SQ_FLAGS = SO.u32("flags");
    public static final Field SQ_DROPPED = SO.u32("dropped");
    public static final Field SQ_ARRAY = SO.u32("array");
    public static final Struct SQ_OFFSETS = SO.build(40);

    private static final Struct.Builder CO = Struct.named("io_cqring_offsets");
    public static final Field CQ_HEAD = CO.u32("head");
    public static final Field CQ_TAIL = CO.u32("tail");
    public static final Field CQ_RING_MASK = CO.u32("ring_mask");
    public static final Field CQ_RING_ENTRIES = CO.u32("ring_entries");
    public static final Field CQ_OVERFLOW = CO.u32("overflow");
    public static final Field CQ_CQES = CO.u32("cqes");
    public static final Struct CQ_OFFSETS = CO.build(40);

    private static final Struct.Builder P = Struct.named("io_uring_params");
    public static final Field PARAMS_SQ_ENTRIES = P.u32("sq_entries");
    public static final Field PARAMS_CQ_ENTRIES = P.u32("cq_entries");
    public static final Field PARAMS_FLAGS = P.u32("flags");
    public static final Field PARAMS_SQ_THREAD_CPU = P.u32("sq_thread_cpu");
    public static final Field PARAMS_SQ_THREAD_IDLE = P.u32("sq_thread_idle");
    public static final Field PARAMS_FEATURES = P.u32("features");
    public static final Field PARAMS_WQ_FD = P.u32("wq_fd");
    public static final Field PARAMS_RESV = P.array("resv", 4, 3);
    public static final Field PARAMS_SQ_OFF = P.nested("sq_off", SQ_OFFSETS.size(), 8);
    public static final Field PARAMS_CQ_OFF = P.nested("cq_off", CQ_OFFSETS.size(), 8);
    public static final Struct PARAMS = P.build();

    private static final Struct.Builder R = Struct.named("io_uring_restriction");
    public static final Field RESTRICTION_OPCODE = R.u16("opcode");
    /** An operation of the ring, of io_uring_register(2), or flags, as the opcode says. */
    public static final Field RESTRICTION_SQE_OP = R.u8("sqe_op");

    public static final Field RESTRICTION_RESV = R.u8("resv");
    public static final Field RESTRICTION_RESV2 = R.array("resv2", 4, 3);
    public static final Struct RESTRICTION = R.build();

    private static final Struct.Builder G = Struct.named("io_uring_getevents_arg");
    public static final Field GETEVENTS_SIGMASK = G.u64("sigmask");
    public static final Field GETEVENTS_SIGMASK_SZ = G.u32("sigmask_sz");
    public static final Field GETEVENTS_PAD = G.u32("pad");
    /** Address of a timespec. */
    public static final Field GETEVENTS_TS = G.u64("ts");
    /** How a wait is bounded. */
    public static final Struct GETEVENTS_ARG = G.build();

    /** Where in the ring's descriptor the submissions' array is mapped. */
    public static final long OFF_SQES = 0x1000_0000;

    public static final int SETUP_R_DISABLED = 1 << 6;
    public static final int SETUP_COOP_TASKRUN = 1 << 8;

    /** Both rings in one mapping. */
    public static final int FEAT_SINGLE_MMAP = 1;
    /** No completion is lost. */
    public static final int FEAT_NODROP = 1 << 1;
    /** What a submission points to may be changed as soon as it has been submitted. */
    public static final int FEAT_SUBMIT_STABLE = 1 << 2;

    /** A wait may be bounded; since Linux 5.11. */
    public static final int FEAT_EXT_ARG = 1 << 8;

    public static final int ENTER_GETEVENTS = 1;
    public static final int ENTER_EXT_ARG = 1 << 3;

    public static final int REGISTER_RESTRICTIONS = 11;
    public static final int REGISTER_ENABLE_RINGS = 12;
    public static final int REGISTER_IOWQ_MAX_WORKERS = 19;

    public static final int RESTRICTION_KIND_SQE_OP = 1;

    public static final int OP_READV = 1;
    public static final int OP_WRITEV = 2;

    private IoUringLayout() {}
}
