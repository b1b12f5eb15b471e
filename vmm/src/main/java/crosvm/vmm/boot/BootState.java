package crosvm.vmm.boot;

/**
 * The registers that the boot vCPU starts with: 64-bit mode, paging on, interrupts off, as boot.rst's "64-bit Boot
 * Protocol" wants it. All other general registers are 0.
 *
 * @param rip entry point
 * @param rsi address of the boot params
 * @param rsp top of a small stack
 * @param rflags only the bit that is always 1
 * @param cr0 protection, paging
 * @param cr3 the page tables' root
 * @param cr4 physical address extension
 * @param efer long mode enabled and active
 * @param gdtBase address of the descriptor table
 * @param gdtLimit its size less one
 * @param code CS
 * @param data DS, ES, FS, GS, SS
 * @param task TR, which Intel hosts want busy
 */
public record BootState(
        long rip,
        long rsi,
        long rsp,
        long rflags,
        long cr0,
        long cr3,
        long cr4,
        long efer,
        long gdtBase,
        int gdtLimit,
        Segment code,
        Segment data,
        Segment task) {
    /**
     * A segment register with its hidden part; members and values as in {@code struct kvm_segment}. The descriptor in
     * the table says the same.
     */
    public record Segment(
            int selector, long base, long limit, int type, int s, int dpl, int present, int l, int db, int g) {
        /** The descriptor for the table (Intel SDM vol. 3, 3.4.5). */
        long descriptor() {
            long scaled = g == 1 ? limit >>> 12 : limit;
            return scaled & 0xffff
                    | (base & 0xff_ffff) << 16
                    | (long) type << 40
                    | (long) s << 44
                    | (long) dpl << 45
                    | (long) present << 47
                    | (scaled >>> 16 & 0xf) << 48
                    | (long) l << 53
                    | (long) db << 54
                    | (long) g << 55
                    | (base >>> 24 & 0xff) << 56;
        }
    }
}
