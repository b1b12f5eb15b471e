package crosvm.vmm.boot;

import crosvm.vmm.linux.abi.Elf64;
import crosvm.vmm.linux.abi.X86BootParams;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Small valid kernel images, for tests to load as they are or to damage. */
final class KernelImages {
    static final int MIB = 1 << 20;
    static final int PAYLOAD_AT = 2 * 512;
    static final int PAYLOAD_SIZE = 0x1000;
    static final int INIT_SIZE = 3 * MIB;
    static final int SEGMENT_AT = 0x1000;
    static final int SEGMENT_SIZE = 0x800;

    private KernelImages() {}

    /** A bzImage, protocol 2.15, wanted at 16 MiB; its payload counts up. */
    static ByteBuffer bzImage() {
        ByteBuffer file = ByteBuffer.allocate(PAYLOAD_AT + PAYLOAD_SIZE).order(ByteOrder.LITTLE_ENDIAN);
        file.putShort(0, (short) 0x5a4d); // The EFI stub's "MZ", as distributions' kernels have it.
        X86BootParams.SETUP_SECTS.set(file, 1);
        X86BootParams.SYSSIZE.set(file, PAYLOAD_SIZE / 16);
        X86BootParams.BOOT_FLAG.set(file, 0xaa55);
        X86BootParams.JUMP.set(file, 0xeb | (0x26c - 0x202) << 8);
        X86BootParams.HEADER.set(file, 0x53726448);
        X86BootParams.VERSION.set(file, 0x20f);
        X86BootParams.LOADFLAGS.set(file, 1);
        X86BootParams.INITRD_ADDR_MAX.set(file, 0x7fff_ffff);
        X86BootParams.KERNEL_ALIGNMENT.set(file, 2 * MIB);
        X86BootParams.RELOCATABLE_KERNEL.set(file, 1);
        X86BootParams.XLOADFLAGS.set(file, 0x7f);
        X86BootParams.CMDLINE_SIZE.set(file, 2047);
        X86BootParams.PREF_ADDRESS.set(file, 16 * MIB);
        X86BootParams.INIT_SIZE.set(file, INIT_SIZE);
        for (int i = 0; i < PAYLOAD_SIZE; i++) {
            file.put(PAYLOAD_AT + i, (byte) i);
        }
        return file;
    }

    /** An ELF64 vmlinux of two segments, the second mostly bss, entered in the middle of the first. */
    static ByteBuffer elf() {
        ByteBuffer file = ByteBuffer.allocate(SEGMENT_AT + 2 * SEGMENT_SIZE).order(ByteOrder.LITTLE_ENDIAN);
        file.putInt(0, 0x464c457f);
        file.put(Elf64.EI_CLASS, (byte) Elf64.ELFCLASS64);
        file.put(Elf64.EI_DATA, (byte) Elf64.ELFDATA2LSB);
        Elf64.E_TYPE.set(file, Elf64.ET_EXEC);
        Elf64.E_MACHINE.set(file, Elf64.EM_X86_64);
        Elf64.E_ENTRY.set(file, 16 * MIB + 0x100);
        Elf64.E_PHOFF.set(file, Elf64.HEADER.size());
        Elf64.E_PHENTSIZE.set(file, Elf64.PROGRAM_HEADER.size());
        Elf64.E_PHNUM.set(file, 2);
        segment(file, 0, SEGMENT_AT, 16 * MIB, SEGMENT_SIZE);
        segment(file, 1, SEGMENT_AT + SEGMENT_SIZE, 18 * MIB, MIB);
        for (int i = 0; i < 2 * SEGMENT_SIZE; i++) {
            file.put(SEGMENT_AT + i, (byte) (i + 1));
        }
        return file;
    }

    static void segment(ByteBuffer file, int index, long offset, long physical, long memorySize) {
        int base = Elf64.HEADER.size() + index * Elf64.PROGRAM_HEADER.size();
        Elf64.P_TYPE.set(file, base, 0, Elf64.PT_LOAD);
        Elf64.P_OFFSET.set(file, base, 0, offset);
        Elf64.P_VADDR.set(file, base, 0, 0xffff_ffff_8000_0000L + physical);
        Elf64.P_PADDR.set(file, base, 0, physical);
        Elf64.P_FILESZ.set(file, base, 0, SEGMENT_SIZE);
        Elf64.P_MEMSZ.set(file, base, 0, memorySize);
    }
}
