package crosvm.vmm.boot;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** File formats that people take for kernels, by their magic, each with what would work instead. */
enum ForeignImage {
    ARM64(0x38, "ARMd", "an arm64 kernel (Image)", "an x86-64 kernel"),
    RISCV(0x30, "RISCV", "a RISC-V kernel (Image)", "an x86-64 kernel"),
    EFI_ZBOOT(4, "zimg", "a compressed EFI kernel image of another architecture", "an x86-64 bzImage"),
    U_BOOT(0, "\u0027\u0005\u0019\u0056", "a U-Boot image (uImage)", "an x86-64 kernel"),
    GZIP(0, "\u001f\u008b", "compressed with gzip", "unpack it (gunzip) if a vmlinux is inside"),
    ZSTD(0, "\u0028\u00b5\u002f\u00fd", "compressed with zstd", "unpack it (unzstd) if a vmlinux is inside"),
    XZ(0, "\u00fd7zXZ\u0000", "compressed with xz", "unpack it (unxz) if a vmlinux is inside"),
    BZIP2(0, "BZh", "compressed with bzip2", "unpack it (bunzip2) if a vmlinux is inside"),
    LZMA(0, "\u005d\u0000\u0000", "compressed with lzma", "unpack it (unlzma) if a vmlinux is inside"),
    LZ4(0, "\u0004\"M\u0018", "compressed with lz4", "unpack it (unlz4) if a vmlinux is inside"),
    LZ4_LEGACY(0, "\u0002\u0021L\u0018", "compressed with lz4", "unpack it (unlz4) if a vmlinux is inside"),
    LZOP(0, "\u0089LZO", "compressed with lzop", "unpack it (lzop -d) if a vmlinux is inside"),
    SCRIPT(0, "#!", "a script", "the kernel itself"),
    CPIO(0, "07070", "a cpio archive, which is what initrds are", "the kernel here, this file as kernel.initrd"),
    QCOW2(0, "QFI\u00fb", "a qcow2 disk image", "a kernel here and disks under disks:"),
    SQUASHFS(0, "hsqs", "a squashfs file system", "a kernel here and disks under disks:"),
    AR(0, "!<arch>", "an archive or Debian package", "the kernel inside"),
    RPM(0, "\u00ed\u00ab\u00ee\u00db", "an RPM package", "the kernel inside"),
    ZIP(0, "PK\u0003\u0004", "a zip archive", "the kernel inside"),
    TAR(257, "ustar", "a tar archive", "the kernel inside"),
    EFI(0, "MZ", "an EFI or Windows program", "the bzImage inside (of a unified kernel image: its section .linux)"),
    BOOT_SECTOR(0x1fe, "\u0055\u00aa", "a boot sector or disk image", "a kernel here and disks under disks:");

    private final int offset;
    private final byte[] magic;
    private final String what;
    private final String instead;

    ForeignImage(int offset, String magic, String what, String instead) {
        this.offset = offset;
        this.magic = magic.getBytes(StandardCharsets.ISO_8859_1);
        this.what = what;
        this.instead = instead;
    }

    /** What the file is, by its first bytes, or null when nothing here matches. The order matters: EFI is in many. */
    static @Nullable ForeignImage recognise(ByteBuffer head) {
        for (ForeignImage image : values()) {
            if (image.matches(head)) {
                return image;
            }
        }
        return null;
    }

    private boolean matches(ByteBuffer head) {
        if (head.limit() < offset + magic.length) {
            return false;
        }
        for (int i = 0; i < magic.length; i++) {
            if (head.get(offset + i) != magic[i]) {
                return false;
            }
        }
        return true;
    }

    /** For the message, after the file's name. */
    String refusal() {
        return "is " + what + ", not a kernel that can be booted here; try: " + instead;
    }
}
