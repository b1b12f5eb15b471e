package crosvm.vmm.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** The header of a qcow2 image: QEMU's docs/interop/qcow2.txt, versions 2 and 3; big-endian. */
final class Qcow2Header {
    static final String MAGIC = "QFI\u00fb";
    private static final int VERSION_2_BYTES = 72;
    private static final int VERSION_3_BYTES = 104;
    private static final int VERSION = 4;
    private static final int BACKING_OFFSET = 8;
    private static final int BACKING_LENGTH = 16;
    private static final int CLUSTER_BITS = 20;
    private static final int SIZE = 24;
    private static final int CRYPT_METHOD = 32;
    private static final int L1_ENTRIES = 36;
    private static final int L1_OFFSET = 40;
    private static final int REFCOUNT_OFFSET = 48;
    private static final int REFCOUNT_CLUSTERS = 56;
    private static final int SNAPSHOTS = 60;
    private static final int INCOMPATIBLE = 72;

    private static final long CORRUPT = 1 << 1;
    private static final long DATA_FILE = 1 << 2;
    private static final int MIN_CLUSTER_BITS = 9;
    private static final int MAX_CLUSTER_BITS = 21;
    private static final int MAX_BACKING_NAME = 1023;

    private Qcow2Header() {}

    static ImageHeader read(ImageHeader.Bytes image) throws IOException {
        if (!image.has(0, MAGIC)) {
            throw image.notA("qcow2");
        }
        ByteBuffer header = image.big(0, VERSION_2_BYTES);
        int version = header.getInt(VERSION);
        if (version != 2 && version != 3) {
            throw image.refused(
                    "is a qcow2 image of version " + Integer.toUnsignedString(version) + "; crosvm knows 2 and 3");
        }
        if (version == 3) {
            header = image.big(0, VERSION_3_BYTES);
            requireAlone(image, header.getLong(INCOMPATIBLE));
        }
        if (header.getInt(CRYPT_METHOD) != 0) {
            throw image.refused("is encrypted, and crosvm has no key. Decrypt a copy with qemu-img convert first");
        }
        int snapshots = header.getInt(SNAPSHOTS);
        if (snapshots != 0) {
            throw image.refused("has " + Integer.toUnsignedString(snapshots)
                    + (snapshots == 1 ? " snapshot" : " snapshots")
                    + " inside, which crosvm does not keep up. Copy its present state without them: crosvm disk"
                    + " clone --image-format qcow2 " + image.name() + " NEW.qcow2");
        }
        int bits = header.getInt(CLUSTER_BITS);
        if (bits < MIN_CLUSTER_BITS || bits > MAX_CLUSTER_BITS) {
            throw image.refused("is damaged: its clusters have 2^" + Integer.toUnsignedString(bits) + " bytes");
        }
        image.require(
                "the L1 table",
                header.getLong(L1_OFFSET),
                Integer.toUnsignedLong(header.getInt(L1_ENTRIES)) * Long.BYTES);
        image.require(
                "the refcount table",
                header.getLong(REFCOUNT_OFFSET),
                Integer.toUnsignedLong(header.getInt(REFCOUNT_CLUSTERS)) << bits);
        return new ImageHeader(header.getLong(SIZE), backing(image, header));
    }

    private static void requireAlone(ImageHeader.Bytes image, long features) {
        if ((features & DATA_FILE) != 0) {
            throw image.refused(
                    "keeps its data in another file, which crosvm does not open. Make one image of both with"
                            + " qemu-img convert first, if it is your own");
        }
        if ((features & CORRUPT) != 0) {
            throw image.refused("is marked as corrupt. Try qemu-img check -r all on a copy");
        }
    }

    private static @Nullable String backing(ImageHeader.Bytes image, ByteBuffer header) throws IOException {
        long offset = header.getLong(BACKING_OFFSET);
        if (offset == 0) {
            return null;
        }
        long length = Integer.toUnsignedLong(header.getInt(BACKING_LENGTH));
        if (length > MAX_BACKING_NAME) {
            throw image.refused("is damaged: the name of its backing file has " + length + " characters");
        }
        return ImageHeader.shown(image.at(offset, (int) length));
    }
}
