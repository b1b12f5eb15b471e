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
 * Formats of disk images that are not raw, by their magic: for a warning and nothing else. A raw disk is raw whatever is in it, or
 * its guest could decide what it is by writing a magic to its first sector. The warning must not lead anybody to open what a
 * guest has made up: a qcow2 image can name other files.
 */
enum ImageFormat {
    QCOW2(0, "QFI\u00fb", "a qcow2 image", "state format: qcow2"),
    VMDK(0, "KDMV", "a VMDK image", "state format: vmdk"),
    VHDX(0, "vhdxfile", "a VHDX image", "state format: vhdx"),
    VDI(0x40, "\u007f\u0010\u00da\u00be", "a VDI image", "state format: vdi"),
    GZIP(0, "\u001f\u008b\b", "a file compressed with gzip", "unpack it: gunzip -c %s > disk.img"),
    XZ(0, "\u00fd7zXZ\u0000", "a file compressed with xz", "unpack it: unxz -c %s > disk.img"),
    ZSTD(0, "\u0028\u00b5\u002f\u00fd", "a file compressed with zstd", "unpack it: unzstd -c %s > disk.img");

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

    /** With its article. */
    String what() {
        return what;
    }

    /** For the log, after the file's name. */
    String warning(String file) {
        return "looks like " + what + " and is attached as a raw disk, as the spec says. If you created it that way, "
                + unpack.formatted(file)
                + ". If a guest may have written it, leave it raw: other formats can refer to files of the host";
    }
}
