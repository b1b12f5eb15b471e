package crosvm.vmm.boot;

import crosvm.vmm.linux.abi.X86BootParams;
import java.util.Arrays;

/**
 * A kernel that lies in guest memory, and what it wants to be told and left alone with. Immutable.
 *
 * @param protocol how it was recognised
 * @param entry guest-physical address of its 64-bit entry point
 * @param start guest-physical address of its first byte
 * @param end the first address behind what it needs while it unpacks itself; initrds stay above
 * @param setupHeader its own setup header, which starts at {@link X86BootParams#HDR_START} in the boot params; empty
 *     when the format has none
 * @param initrdAddrMax the highest address an initrd's last byte may have
 * @param cmdlineSize the most bytes of command line, without the terminating zero
 */
public record LoadedKernel(
        Protocol protocol, long entry, long start, long end, byte[] setupHeader, long initrdAddrMax, int cmdlineSize) {
    /** How a kernel was recognised. */
    public enum Protocol {
        /** An ELF64 file, entered at its own entry point. */
        ELF64,
        /** A bzImage, entered at its 64-bit entry point 0x200. */
        BZIMAGE,
        /** A guest that comes with crosvm. */
        BUILTIN
    }

    /** Linux's COMMAND_LINE_SIZE on x86 less the terminating zero, for formats that do not say. */
    public static final int DEFAULT_CMDLINE_SIZE = 2047;

    /** What every x86-64 kernel's setup header says, for formats without one. */
    public static final long DEFAULT_INITRD_ADDR_MAX = 0x7fff_ffff;

    /** Copies the header. */
    public LoadedKernel {
        setupHeader = setupHeader.clone();
    }

    @Override
    public byte[] setupHeader() {
        return setupHeader.clone();
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof LoadedKernel k
                && protocol == k.protocol
                && entry == k.entry
                && start == k.start
                && end == k.end
                && Arrays.equals(setupHeader, k.setupHeader)
                && initrdAddrMax == k.initrdAddrMax
                && cmdlineSize == k.cmdlineSize;
    }

    @Override
    public int hashCode() {
        return Long.hashCode(entry) + 31 * Arrays.hashCode(setupHeader);
    }

    @Override
    public String toString() {
        return protocol + " kernel at 0x" + Long.toHexString(start) + "..0x" + Long.toHexString(end) + ", entry 0x"
                + Long.toHexString(entry);
    }
}
