package crosvm.vmm.linux.abi;

/** {@code struct kvm_run} (linux/kvm.h), the page shared with the kernel, and its unions as far as x86 exits use them. */
public final class KvmRun {
    private static final Struct.Builder S = Struct.named("kvm_run");
    public static final Field IMMEDIATE_EXIT = S.at("immediate_exit", 1, 1, 1);
    public static final Field EXIT_REASON = S.at("exit_reason", 8, 4, 1);
    public static final Field HARDWARE_EXIT_REASON = S.at("hw.hardware_exit_reason", 32, 8, 1);
    public static final Field FAIL_ENTRY_REASON = S.at("fail_entry.hardware_entry_failure_reason", 32, 8, 1);
    public static final Field FAIL_ENTRY_CPU = S.at("fail_entry.cpu", 40, 4, 1);
    public static final Field IO_DIRECTION = S.at("io.direction", 32, 1, 1);
    public static final Field IO_SIZE = S.at("io.size", 33, 1, 1);
    public static final Field IO_PORT = S.at("io.port", 34, 2, 1);
    public static final Field IO_COUNT = S.at("io.count", 36, 4, 1);
    public static final Field IO_DATA_OFFSET = S.at("io.data_offset", 40, 8, 1);
    public static final Field MMIO_PHYS_ADDR = S.at("mmio.phys_addr", 32, 8, 1);
    public static final Field MMIO_DATA = S.at("mmio.data", 40, 1, 8);
    public static final Field MMIO_LEN = S.at("mmio.len", 48, 4, 1);
    public static final Field MMIO_IS_WRITE = S.at("mmio.is_write", 52, 1, 1);
    public static final Field INTERNAL_SUBERROR = S.at("internal.suberror", 32, 4, 1);
    public static final Field INTERNAL_NDATA = S.at("internal.ndata", 36, 4, 1);
    public static final Field INTERNAL_DATA = S.at("internal.data", 40, 8, 16);
    public static final Field SYSTEM_EVENT_TYPE = S.at("system_event.type", 32, 4, 1);
    /** The part used here; the kernel's struct goes on and is mapped with the size that KVM tells. */
    public static final Struct LAYOUT = S.buildPartial();

    private KvmRun() {}
}
