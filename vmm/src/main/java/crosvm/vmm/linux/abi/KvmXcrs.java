package crosvm.vmm.linux.abi;

/** {@code struct kvm_xcrs} (asm/kvm.h): the extended control registers; XCR0 is the only one there is. */
public final class KvmXcrs {
    private static final Struct.Builder S = Struct.named("kvm_xcrs");
    public static final Field NR_XCRS = S.u32("nr_xcrs");
    public static final Field FLAGS = S.u32("flags");
    public static final Field FIRST_XCR = S.at("xcrs[0].xcr", 8, 4, 1);
    public static final Field FIRST_VALUE = S.at("xcrs[0].value", 16, 8, 1);
    public static final Field XCRS = S.at("xcrs", 8, 1, 256);
    public static final Field PADDING = S.array("padding", 8, 16);
    public static final Struct LAYOUT = S.build();

    private KvmXcrs() {}
}
