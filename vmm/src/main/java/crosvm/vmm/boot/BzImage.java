package crosvm.vmm.boot;

import crosvm.vmm.linux.abi.X86BootParams;
import crosvm.vmm.memory.GuestMemory;
import java.nio.ByteBuffer;

/**
 * A bzImage: setup header, real-mode code we never run, and the protected-mode kernel that unpacks itself. Booted by the
 * 64-bit boot protocol (Documentation/arch/x86/boot.rst).
 */
final class BzImage {
    private static final int HDRS = 0x5372_6448;
    private static final int BOOT_FLAG = 0xaa55;
    /** The first protocol version with xloadflags. */
    private static final int MIN_VERSION = 0x20c;

    private static final int XLF_KERNEL_64 = 1;
    private static final int LOADED_HIGH = 1;
    private static final int SECTOR = 512;
    private static final int SYSSIZE_UNIT = 16;
    private static final int DEFAULT_SETUP_SECTORS = 4;
    private static final int ENTRY_64 = 0x200;
    private static final int MIN_CMDLINE_SIZE = 255;

    private final BootFile file;
    private final ByteBuffer head;

    BzImage(BootFile file, ByteBuffer head) {
        this.file = file;
        this.head = head;
    }

    static boolean recognises(ByteBuffer head) {
        int end = X86BootParams.HEADER.offset() + X86BootParams.HEADER.size();
        return head.limit() >= end
                && (int) X86BootParams.HEADER.get(head) == HDRS
                && X86BootParams.BOOT_FLAG.get(head) == BOOT_FLAG;
    }

    LoadedKernel load(GuestMemory memory) {
        int headerEnd = headerEnd();
        requireSixtyFourBit();
        long setupSectors = X86BootParams.SETUP_SECTS.get(head);
        long payloadAt = ((setupSectors == 0 ? DEFAULT_SETUP_SECTORS : setupSectors) + 1) * SECTOR;
        long payloadSize = X86BootParams.SYSSIZE.get(head) * SYSSIZE_UNIT;
        // Files need not fill their last unit: boot.rst gives syssize in 16-byte paragraphs, so rounded up.
        if (payloadSize - (SYSSIZE_UNIT - 1) > file.size() - payloadAt) {
            throw file.refused("is truncated: its header announces " + (payloadAt + payloadSize)
                    + " bytes, the file has " + file.size() + "; copy it again");
        }
        if (payloadSize <= ENTRY_64) {
            throw file.refused("is damaged: its header says the kernel has only " + payloadSize + " bytes");
        }
        long start = X86BootParams.PREF_ADDRESS.get(head);
        long room = Math.max(X86BootParams.INIT_SIZE.get(head), payloadSize);
        requireRoom(memory, start, room);
        file.copyTo(memory, start, payloadAt, Math.min(payloadSize, file.size() - payloadAt));
        byte[] header = new byte[headerEnd - X86BootParams.HDR_START];
        head.get(X86BootParams.HDR_START, header);
        long cmdlineSize = X86BootParams.CMDLINE_SIZE.get(head);
        return new LoadedKernel(
                LoadedKernel.Protocol.BZIMAGE,
                start + ENTRY_64,
                start,
                start + room,
                header,
                X86BootParams.INITRD_ADDR_MAX.get(head),
                cmdlineSize == 0 ? MIN_CMDLINE_SIZE : (int) Math.min(cmdlineSize, Integer.MAX_VALUE));
    }

    /** The header's length is the short jump over it: 0x202 plus the jump's distance, the byte at 0x201. */
    private int headerEnd() {
        int end = X86BootParams.HEADER.offset() + (int) (X86BootParams.JUMP.get(head) >>> 8);
        int needed = X86BootParams.INIT_SIZE.offset() + X86BootParams.INIT_SIZE.size();
        long version = X86BootParams.VERSION.get(head);
        if (version < MIN_VERSION) {
            throw file.refused("is a bzImage with boot protocol " + (version >>> 8) + "." + (version & 0xff)
                    + ", too old to be entered in 64-bit mode; 2.12 or newer (Linux 3.8) is needed");
        }
        if (end > X86BootParams.HDR_LIMIT || end < needed || head.limit() < end) {
            throw file.refused("is a damaged or truncated bzImage: its setup header ends at 0x"
                    + Integer.toHexString(end) + ", the file at 0x" + Long.toHexString(file.size()));
        }
        return end;
    }

    private void requireSixtyFourBit() {
        if ((X86BootParams.XLOADFLAGS.get(head) & XLF_KERNEL_64) == 0) {
            throw file.refused("is a 32-bit bzImage; an x86-64 kernel (CONFIG_X86_64) is needed");
        }
        if ((X86BootParams.LOADFLAGS.get(head) & LOADED_HIGH) == 0) {
            throw file.refused("is a zImage, made to be loaded below 1 MiB; a bzImage is needed");
        }
    }

    private void requireRoom(GuestMemory memory, long start, long room) {
        if (start < BootLayout.KERNEL_MIN || start >= 1L << 32) {
            throw file.refused("is damaged: its header asks for address 0x" + Long.toHexString(start));
        }
        if (!memory.contains(start, room)) {
            throw file.refused(KernelDoesNotFit.missing(start, start + room, start + room, memory));
        }
    }
}
