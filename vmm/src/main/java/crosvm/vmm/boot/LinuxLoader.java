package crosvm.vmm.boot;

import crosvm.vmm.VmmException;
import crosvm.vmm.linux.abi.X86BootParams;
import crosvm.vmm.memory.GuestMemory;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * Puts a Linux kernel into guest memory. The format is recognised by its magic, never by the file's name: ELF64 vmlinux
 * and bzImage are loaded, everything else is refused with what it is. Stateless.
 */
public final class LinuxLoader {
    /** Enough of the file for every magic and the whole setup header. */
    private static final int HEAD = 0x400;

    private static final int ELF_MAGIC = 0x464c_457f;

    private LinuxLoader() {}

    /**
     * @param image path of the kernel's file
     * @param memory the guest's, all zero
     * @throws VmmException when the file cannot be read, is no kernel for this machine, is damaged, or does not fit
     */
    public static LoadedKernel load(Path image, GuestMemory memory) {
        try (BootFile file = BootFile.open("kernel", image)) {
            ByteBuffer head = file.read(0, HEAD);
            if (head.limit() == 0) {
                throw file.refused("is empty; copy or build it again");
            }
            if (BzImage.recognises(head)) {
                return new BzImage(file, head).load(memory);
            }
            if (head.limit() >= Integer.BYTES && head.getInt(0) == ELF_MAGIC) {
                return ElfKernel.parse(file, head).load(memory);
            }
            throw file.refused(refusal(head, file.size()));
        }
    }

    private static String refusal(ByteBuffer head, long size) {
        ForeignImage foreign = ForeignImage.recognise(head);
        if (foreign != null) {
            return foreign.refusal();
        }
        String short_ = size < X86BootParams.HDR_LIMIT ? "has only " + size + " bytes and " : "";
        return short_
                + "is not in a known kernel format; supported: an ELF64 vmlinux or a bzImage (vmlinuz) for x86-64";
    }
}
