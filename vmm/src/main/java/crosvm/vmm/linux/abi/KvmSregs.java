package crosvm.vmm.linux.abi;

/** {@code struct kvm_sregs} (asm/kvm.h): segments, descriptor tables, control registers. */
public final class KvmSregs {
    private static final Struct.Builder G = Struct.named("kvm_segment");
    public static final Field SEGMENT_BASE = G.u64("base");
    public static final Field SEGMENT_LIMIT = G.u32("limit");
    public static final Field SEGMENT_SELECTOR = G.u16("selector");
    public static final Field SEGMENT_TYPE = G.u8("type");
    public static final Field SEGMENT_PRESENT = G.u8("present");
    public static final Field SEGMENT_DPL = G.u8("dpl");
    public static final Field SEGMENT_DB = G.u8("db");
    public static final Field SEGMENT_S = G.u8("s");
    public static final Field SEGMENT_L = G.u8("l");
    public static final Field SEGMENT_G = G.u8("g");
    public static final Field SEGMENT_AVL = G.u8("avl");
    public static final Field SEGMENT_UNUSABLE = G.u8("unusable");
    public static final Field SEGMENT_PADDING = G.u8("padding");
    public static final Struct SEGMENT = G.build();

    private static final Struct.Builder D = Struct.named("kvm_dtable");
    public static final Field DTABLE_BASE = D.u64("base");
    public static final Field DTABLE_LIMIT = D.u16("limit");
    public static final Field DTABLE_PADDING = D.array("padding", 2, 3);
    public static final Struct DTABLE = D.build();

    private static final Struct.Builder S = Struct.named("kvm_sregs");
    public static final Field CS = segment("cs");
    public static final Field DS = segment("ds");
    public static final Field ES = segment("es");
    public static final Field FS = segment("fs");
    public static final Field GS = segment("gs");
    public static final Field SS = segment("ss");
    public static final Field TR = segment("tr");
    public static final Field LDT = segment("ldt");
    public static final Field GDT = S.nested("gdt", DTABLE.size(), DTABLE.alignment());
    public static final Field IDT = S.nested("idt", DTABLE.size(), DTABLE.alignment());
    public static final Field CR0 = S.u64("cr0");
    public static final Field CR2 = S.u64("cr2");
    public static final Field CR3 = S.u64("cr3");
    public static final Field CR4 = S.u64("cr4");
    public static final Field CR8 = S.u64("cr8");
    public static final Field EFER = S.u64("efer");
    public static final Field APIC_BASE = S.u64("apic_base");
    public static final Field INTERRUPT_BITMAP = S.array("interrupt_bitmap", 8, 4);
    public static final Struct LAYOUT = S.build();

    private KvmSregs() {}

    private static Field segment(String name) {
        return S.nested(name, SEGMENT.size(), SEGMENT.alignment());
    }
}
