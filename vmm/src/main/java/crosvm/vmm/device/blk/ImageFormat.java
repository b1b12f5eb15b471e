package crosvm.vmm.device.blk;

import crosvm.vmm.FailureReason;
import crosvm.vmm.VmmException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Formats of disk images that are not raw, by their magic. A guest would see the format's own header instead of its disk, and
 * could write over it. Only files are looked at, before they are attached. A raw image whose guest has written such a magic to
 * its first sector is refused too, and the message must not lead anybody to open what that guest has made up: a qcow2 names
 * its backing file.
 */
enum ImageFormat {
    QCOW2(0, "QFI\u00fb", "a qcow2 image", "qemu-img convert -f qcow2 -O raw %s disk.img"),
    VMDK(0, "KDMV", "a VMDK image", "qemu-img convert -f vmdk -O raw %s disk.img"),
    VHDX(0, "vhdxfile", "a VHDX image", "qemu-img convert -f vhdx -O raw %s disk.img"),
    VDI(0x40, "\u007f\u0010\u00da\u00be", "a VDI image", "qemu-img convert -f vdi -O raw %s disk.img"),
    GZIP(0, "\u001f\u008b\b", "a file compressed with gzip", "gunzip -c %s > disk.img"),
    XZ(0, "\u00fd7zXZ\u0000", "a file compressed with xz", "unxz -c %s > disk.img"),
    ZSTD(0, "\u0028\u00b5\u002f\u00fd", "a file compressed with zstd", "unzstd -c %s > disk.img");

    private static final int HEAD = 0x48;

    private final int offset;
    private final byte[] magic;
    private final String what;
    private final String unpack;

    ImageFormat(int offset, String magic, String what, String unpack) {
        this.offset = offset;
        this.magic = magic.getBytes(StandardCharsets.ISO_8859_1);
        this.what = what;
        this.unpack = unpack;
    }

    /**
     * What a file is when it is not a raw image; null when it seems to be.
     *
     * @throws VmmException when it cannot be read
     */
    static @Nullable ImageFormat of(Path file) {
        byte[] head;
        try (InputStream in = Files.newInputStream(file)) {
            head = in.readNBytes(HEAD);
        } catch (IOException e) {
            throw new VmmException(file + ": cannot be read: " + FailureReason.of(e), e);
        }
        return Arrays.stream(values())
                .filter(format -> format.matches(head))
                .findFirst()
                .orElse(null);
    }

    private boolean matches(byte[] head) {
        int end = offset + magic.length;
        return head.length >= end && Arrays.equals(head, offset, end, magic, 0, magic.length);
    }

    /** For the message, after the file's name. */
    String refusal(String file) {
        return "looks like " + what + ", but disks must be raw. If you created it that way, convert it: "
                + unpack.formatted(file)
                + ". Do not convert it if a guest may have written it: such an image can refer to other files of the"
                + " host, which would be copied into it";
    }
}
