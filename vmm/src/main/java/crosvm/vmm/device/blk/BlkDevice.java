package crosvm.vmm.device.blk;

import crosvm.vmm.linux.BareLog;
import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.IoUring;
import crosvm.vmm.virtio.ConfigBytes;
import crosvm.vmm.virtio.DeviceHost;
import crosvm.vmm.virtio.DeviceLog;
import crosvm.vmm.virtio.DeviceType;
import crosvm.vmm.virtio.Feature;
import crosvm.vmm.virtio.QueueContext;
import crosvm.vmm.virtio.VirtioDevice;
import crosvm.vmm.virtio.queue.QueueBroken;
import crosvm.vmm.virtio.queue.SplitQueue;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** virtio-blk (virtio 1.2 §5.2) on a {@link BlockFile}: what is offered and the limits; {@link BlkQueue} does the work. */
public final class BlkDevice implements VirtioDevice {
    private static final Logger LOG = BareLog.of(BlkDevice.class);
    private static final long F_SEG_MAX = 1L << 2;
    private static final long F_RO = 1L << 5;
    private static final long F_BLK_SIZE = 1L << 6;
    private static final long F_FLUSH = 1L << 9;
    private static final long F_TOPOLOGY = 1L << 10;
    private static final long F_MQ = 1L << 12;
    private static final long F_DISCARD = 1L << 13;
    private static final long F_WRITE_ZEROES = 1L << 14;

    /** Bytes of the configuration space. */
    public static final int CONFIG_SIZE = 60;

    private static final int CAPACITY = 0;
    private static final int SEG_MAX = 12;
    private static final int BLK_SIZE = 20;
    private static final int PHYSICAL_BLOCK_EXP = 24;
    private static final int MIN_IO_SIZE = 26;
    private static final int NUM_QUEUES = 34;
    private static final int MAX_DISCARD_SECTORS = 36;
    private static final int MAX_DISCARD_SEG = 40;
    private static final int DISCARD_SECTOR_ALIGNMENT = 44;
    private static final int MAX_WRITE_ZEROES_SECTORS = 48;
    private static final int MAX_WRITE_ZEROES_SEG = 52;
    private static final int WRITE_ZEROES_MAY_UNMAP = 56;

    /** What host file systems and page cache work in: 4 KiB, as a power of two of sectors, and in sectors. */
    private static final int HOST_BLOCK_EXP = 3;

    private static final int HOST_BLOCK_SECTORS = 1 << HOST_BLOCK_EXP;
    private static final int ID_BYTES = 20;

    /** Threads for all requests of a disk where there is no io_uring. */
    private static final int THREADS = 4;

    private final BlockFile disk;
    private final DiskCommands commands;
    private final DiskThreads threads;
    private final BlkQueue[] queues;
    private final @Nullable SplitQueue[] rings;
    private final ConfigBytes config = new ConfigBytes(CONFIG_SIZE);
    private final String name;
    private @Nullable DeviceHost host;
    private volatile boolean writeThrough;
    private volatile Runnable onFailure = () -> {};

    /** @param id the disk's serial number, of which the guest sees 20 bytes */
    public BlkDevice(BlockFile disk, String id) {
        this(disk, id, 1, Io.RING);
    }

    /** How requests are run. */
    public enum Io {
        /** By io_uring, or where the kernel gives us none on threads. */
        RING,
        /** On threads. */
        THREADS
    }

    /** @param queueCount request queues, each with a worker of its own, 1 or more */
    public BlkDevice(BlockFile disk, String id, int queueCount, Io io) {
        this.disk = disk;
        this.name = "blk " + id;
        DeviceLog log = new DeviceLog("blk " + id + " (" + disk.name() + ")");
        byte[] serial = Arrays.copyOf(id.getBytes(StandardCharsets.UTF_8), ID_BYTES);
        queues = new BlkQueue[queueCount];
        rings = new SplitQueue[queueCount];
        commands = new DiskCommands(disk, log, this::lost);
        IoUring[] kernel = io == Io.RING ? kernelRings(queueCount) : new IoUring[0];
        threads = new DiskThreads(commands, queueCount, kernel.length == 0 ? THREADS : 1, name);
        Arrays.setAll(queues, i -> queue(i < kernel.length ? kernel[i] : null, serial));
        config.put(CAPACITY, 8, disk.sectors())
                .put(SEG_MAX, 4, QUEUE_SIZE - 2) // Header and status take one each.
                .put(BLK_SIZE, 4, BlockFile.SECTOR)
                .put(PHYSICAL_BLOCK_EXP, 1, HOST_BLOCK_EXP)
                .put(MIN_IO_SIZE, 2, HOST_BLOCK_SECTORS)
                .put(NUM_QUEUES, 2, queueCount);
        if (!disk.readOnly()) {
            config.put(MAX_DISCARD_SECTORS, 4, BlkRequest.MAX_DISCARD_SECTORS)
                    .put(MAX_DISCARD_SEG, 4, BlkRequest.MAX_SEGMENTS)
                    .put(DISCARD_SECTOR_ALIGNMENT, 4, HOST_BLOCK_SECTORS)
                    .put(MAX_WRITE_ZEROES_SECTORS, 4, BlkRequest.MAX_ZERO_SECTORS)
                    .put(MAX_WRITE_ZEROES_SEG, 4, BlkRequest.MAX_SEGMENTS)
                    .put(WRITE_ZEROES_MAY_UNMAP, 1, 1);
        }
    }

    /** One for each queue, or none where the kernel gives us none. */
    private IoUring[] kernelRings(int count) {
        List<IoUring> made = new ArrayList<>();
        try {
            while (made.size() < count) {
                made.add(IoUring.create(name, RequestTable.CAPACITY));
            }
        } catch (ErrnoException e) {
            LOG.log(Level.DEBUG, e.getMessage() + "; requests are run on " + THREADS + " threads instead");
            made.forEach(IoUring::close);
            made.clear();
        }
        return made.toArray(IoUring[]::new);
    }

    private BlkQueue queue(@Nullable IoUring kernel, byte[] serial) {
        DoneRequests done = new DoneRequests(name);
        RequestTable table = new RequestTable(done);
        RequestRunner runner = new ThreadRunner(threads, done);
        if (kernel != null) {
            runner = new RingRunner(kernel, table, disk, commands, runner);
        }
        return new BlkQueue(disk, serial, commands, done, table, runner);
    }

    @Override
    public DeviceType type() {
        return DeviceType.BLOCK;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public long features() {
        long features = F_SEG_MAX | F_BLK_SIZE | F_FLUSH | F_TOPOLOGY;
        features |= disk.readOnly() ? F_RO : F_DISCARD | F_WRITE_ZEROES;
        return queues.length > 1 ? features | F_MQ : features;
    }

    @Override
    public int queueCount() {
        return queues.length;
    }

    @Override
    public int workerOf(int queue) {
        return queue;
    }

    @Override
    public int configSize() {
        return CONFIG_SIZE;
    }

    /** Looks at the image first: in a process of its own, that is how the device learns of a new size. */
    @Override
    public long readConfig(int offset, int size) {
        if (offset < CAPACITY + 8 && disk.tryMeasure()) {
            config.put(CAPACITY, 8, disk.sectors());
        }
        return config.get(offset, size);
    }

    @Override
    public void attach(DeviceHost deviceHost) {
        host = deviceHost;
    }

    @Override
    public void onFailure(Runnable listener) {
        onFailure = listener;
    }

    private void lost() {
        onFailure.run();
    }

    /** virtio 1.2 §5.2.6.2: a driver that does not flush is promised that every write is durable. */
    @Override
    public void negotiated(long features) {
        writeThrough = !Feature.has(features, F_FLUSH);
    }

    @Override
    public void queueStarted(int queue, QueueContext context) {
        SplitQueue ring = context.ring();
        rings[queue] = ring;
        queues[queue].start(context, () -> handleQueue(queue, ring));
    }

    @Override
    public void handleQueue(int queue, SplitQueue ring) throws QueueBroken {
        queues[queue].handle(ring, writeThrough);
    }

    /** Waits for what is in flight. */
    @Override
    public void queueStopped(int queue) {
        SplitQueue ring = rings[queue];
        if (ring != null) {
            rings[queue] = null;
            queues[queue].stop(ring);
        }
    }

    /**
     * Tells the guest the image's size after it has been changed. Any thread.
     *
     * @throws crosvm.vmm.VmmException when the new size is not a whole number of sectors
     */
    @Override
    public void refresh() {
        disk.measure();
        config.put(CAPACITY, 8, disk.sectors());
        if (host != null) {
            host.configChanged();
        }
    }

    @Override
    public void close() {
        threads.close();
        for (BlkQueue queue : queues) {
            queue.close();
        }
        commands.close();
        disk.close();
    }
}
