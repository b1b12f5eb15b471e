package crosvm.vmm.storage;

import crosvm.vmm.FailureReason;
import crosvm.vmm.VmmException;
import crosvm.vmm.linux.Fd;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Makes an empty qcow2 image of version 3 (QEMU's docs/interop/qcow2.txt): the header, a refcount table with one block, and an
 * L1 table that maps nothing. It names no other image: what an overlay stands on, the spec says.
 */
public final class Qcow2File {
    private static final int CLUSTER_BITS = 16;
    private static final int CLUSTER = 1 << CLUSTER_BITS;

    /** Bytes of the disk that an entry of the L1 table stands for: a cluster of the L2 table has 8192 entries. */
    private static final long L1_SPAN = (long) CLUSTER * (CLUSTER / Long.BYTES);

    /** The most QEMU takes: an L1 table of 32 MiB. */
    private static final long MOST_BYTES = L1_SPAN * ((32L << 20) / Long.BYTES);

    private static final int REFCOUNT_ORDER = 4;
    private static final int HEADER_BYTES = 104;
    private static final int TABLE = CLUSTER;
    private static final int BLOCK = 2 * CLUSTER;
    private static final int L1 = 3 * CLUSTER;

    private Qcow2File() {}

    /**
     * Writes one.
     *
     * @param file open for writing, and empty
     * @param bytes of the disk in it, a multiple of 512
     * @throws VmmException when it does not fit
     */
    public static void create(Fd file, long bytes) {
        if (bytes <= 0 || bytes > MOST_BYTES) {
            throw new VmmException(
                    file.name() + ": a qcow2 image of " + bytes + " bytes is not possible; at most " + MOST_BYTES);
        }
        int entries = (int) ((bytes + L1_SPAN - 1) / L1_SPAN);
        int l1Clusters = (int) (((long) entries * Long.BYTES + CLUSTER - 1) / CLUSTER);
        ByteBuffer image = ByteBuffer.allocate(L1 + l1Clusters * CLUSTER);
        image.put("QFI\u00fb".getBytes(StandardCharsets.ISO_8859_1));
        image.putInt(3).putLong(0).putInt(0).putInt(CLUSTER_BITS).putLong(bytes).putInt(0);
        image.putInt(entries).putLong(L1).putLong(TABLE).putInt(1).putInt(0).putLong(0);
        image.putLong(0).putLong(0).putLong(0).putInt(REFCOUNT_ORDER).putInt(HEADER_BYTES);
        image.putLong(TABLE, BLOCK);
        for (int cluster = 0; cluster < L1 / CLUSTER + l1Clusters; cluster++) {
            image.putShort(BLOCK + cluster * Short.BYTES, (short) 1);
        }
        image.position(0);
        try (FileChannel channel =
                FileChannel.open(Path.of("/proc/self/fd/" + file.number()), StandardOpenOption.WRITE)) {
            while (image.hasRemaining()) {
                channel.write(image);
            }
        } catch (IOException e) {
            throw new VmmException(file.name() + ": cannot be written: " + FailureReason.of(e), e);
        }
    }
}
