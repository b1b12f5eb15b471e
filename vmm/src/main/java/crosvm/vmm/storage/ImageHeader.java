package crosvm.vmm.storage;

import crosvm.schema.model.DiskFormat;
import crosvm.vmm.FailureReason;
import crosvm.vmm.PrintableText;
import crosvm.vmm.VmmException;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.FileType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What the header of an image says, as far as it must be known before qemu-storage-daemon may see the image. An image is
 * somebody else's data: one that names other files, or is not what the spec says, is refused here, and its name of them goes
 * into no message as it is.
 *
 * @param virtualSize of the disk in it, in bytes
 * @param backing the image that it says it stands on, for people; null when it stands alone
 */
public record ImageHeader(long virtualSize, @Nullable String backing) {
    private static final int SECTOR = 512;

    /** 8 EiB less a sector is what off_t can say; no format goes further. */
    private static final long MOST_BYTES = Long.MAX_VALUE - SECTOR;

    /**
     * Reads it.
     *
     * @param file open for reading; not moved
     * @throws VmmException naming the file, what is wrong with it and what to do
     */
    public static ImageHeader read(Fd file, DiskFormat format) {
        ImageHeader header;
        try (FileChannel channel = FileChannel.open(Path.of("/proc/self/fd/" + file.number()))) {
            Bytes bytes = new Bytes(file, channel, FileType.sizeOf(file));
            header = switch (format) {
                case RAW -> new ImageHeader(bytes.size, null);
                case QCOW2 -> Qcow2Header.read(bytes);
                case VMDK -> ForeignHeaders.vmdk(bytes);
                case VHDX -> ForeignHeaders.vhdx(bytes);
                case VDI -> ForeignHeaders.vdi(bytes);
            };
        } catch (IOException e) {
            throw new VmmException(file.name() + ": cannot be read: " + FailureReason.of(e), e);
        }
        if (header.virtualSize <= 0 || header.virtualSize > MOST_BYTES || header.virtualSize % SECTOR != 0) {
            throw new VmmException(file.name() + ": its disk has " + header.virtualSize
                    + " bytes; a disk has a multiple of " + SECTOR + ", and at least that");
        }
        return header;
    }

    /** A name out of an image, for a message: printable, and not endless. */
    static String shown(byte[] name) {
        return PrintableText.of(new String(name, StandardCharsets.ISO_8859_1));
    }

    /** The bytes of an image, read where they are asked for. Used by one thread. */
    static final class Bytes {
        final long size;
        private final Fd file;
        private final FileChannel channel;

        private Bytes(Fd file, FileChannel channel, long size) {
            this.file = file;
            this.channel = channel;
            this.size = size;
        }

        String name() {
            return file.name();
        }

        /** @throws VmmException when the file ends before */
        byte[] at(long offset, int length) throws IOException {
            ByteBuffer buffer = ByteBuffer.allocate(length);
            while (offset >= 0 && buffer.hasRemaining()) {
                if (channel.read(buffer, offset + buffer.position()) <= 0) {
                    break;
                }
            }
            if (buffer.hasRemaining()) {
                throw new VmmException(name() + ": is truncated: it has " + size + " bytes, and its header needs more");
            }
            return buffer.array();
        }

        ByteBuffer little(long offset, int length) throws IOException {
            return ByteBuffer.wrap(at(offset, length)).order(ByteOrder.LITTLE_ENDIAN);
        }

        ByteBuffer big(long offset, int length) throws IOException {
            return ByteBuffer.wrap(at(offset, length));
        }

        /** Whether the file begins so, or has this there; also when it is too short. */
        boolean has(long offset, String latin1) throws IOException {
            byte[] wanted = latin1.getBytes(StandardCharsets.ISO_8859_1);
            return size >= offset + wanted.length
                    && Objects.equals(new String(at(offset, wanted.length), StandardCharsets.ISO_8859_1), latin1);
        }

        VmmException notA(String what) {
            return new VmmException(name() + ": is not a " + what + " image; correct the format, or the path");
        }

        VmmException refused(String why) {
            return new VmmException(name() + ": " + why);
        }

        /** @throws VmmException when the file ends before the end of a table */
        void require(String what, long offset, long length) {
            if (offset < 0 || length < 0 || offset > size || length > size - offset) {
                throw new VmmException(name() + ": is truncated or damaged: " + what + " ends at byte "
                        + Long.toUnsignedString(offset + length) + ", and the file at " + size
                        + ". Take an intact copy, or try qemu-img check -r all on one");
            }
        }
    }
}
