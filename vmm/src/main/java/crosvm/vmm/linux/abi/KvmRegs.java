package crosvm.vmm.linux.abi;

/** {@code struct kvm_regs} (asm/kvm.h): the general registers. */
public final class KvmRegs {
    private static final Struct.Builder S = Struct.named("kvm_regs");
    public static final Field RAX = S.u64("rax");
    public static final Field RBX = S.u64("rbx");
    public static final Field RCX = S.u64("rcx");
    public static final Field RDX = S.u64("rdx");
    public static final Field RSI = S.u64("rsi");
    public static final Field RDI = S.u64("rdi");
    public static final Field RSP = S.u64("rsp");
    public static final Field RBP = S.u64("rbp");
    public static final Field R8 = S.u64("r8");
    public static final Field R9 = S.u64("r9");
    public static final Field R10 = S.u64("r10");
    public static final Field R11 = S.u64("r11");
    public static final Field R12 = S.u64("r12");
    public static final Field R13 = S.u64("r13");
    public static final Field R14 = S.u64("r14");
    public static final Field R15 = S.u64("r15");
    public static final Field RIP = S.u64("rip");
    public static final Field RFLAGS = S.u64("rflags");
    public static final Struct LAYOUT = S.build();

    private KvmRegs() {}
}
