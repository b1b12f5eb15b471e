package crosvm.vmm.linux.abi;

/** {@code struct kvm_userspace_memory_region} (linux/kvm.h): one memslot. */
public final class KvmMemoryRegion {
    private static final Struct.Builder S = Struct.named("kvm_userspace_memory_region");
    public static final Field SLOT = S.u32("slot");
    public static final Field FLAGS = S.u32("flags");
    public static final Field GUEST_PHYS_ADDR = S.u64("guest_phys_addr");
    public static final Field MEMORY_SIZE = S.u64("memory_size");
    public static final Field USERSPACE_ADDR = S.u64("userspace_addr");
    public static final Struct LAYOUT = S.build();

    /** KVM_MEM_READONLY, in {@link #FLAGS}. */
    public static final int READONLY = 2;

    private KvmMemoryRegion() {}
}
