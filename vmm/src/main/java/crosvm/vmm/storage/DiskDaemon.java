package crosvm.vmm.storage;

import crosvm.schema.model.DiskFormat;
import crosvm.schema.model.DiskLimit;
import crosvm.schema.model.DiskSpec;
import crosvm.vmm.VmmException;
import crosvm.vmm.device.blk.BlockFile;
import crosvm.vmm.jail.HandedFiles;
import crosvm.vmm.jail.JailPolicy;
import crosvm.vmm.jail.ProcessLog;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.UnixSocket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.LongConsumer;

/** A {@link StorageDaemon} that is one disk of a machine: what is asked of it while that runs, and whether it still answers. */
public final class DiskDaemon implements AutoCloseable {
    /** How often it is asked whether it runs. */
    private static final int PULSE_MILLISECONDS = 5_000;

    private final DiskSpec disk;
    private final StorageDaemon daemon;
    private final SpaceWatch space;
    private final long metadataBytes;
    private final boolean mustGrow;
    private final Pulse pulse;
    private String active;
    private volatile long diskBytes;
    private int snapshots;
    private volatile LongConsumer onResize = bytes -> {};

    private DiskDaemon(DiskSpec disk, String name, StorageDaemon daemon, DiskFiles files) {
        this.disk = disk;
        this.daemon = daemon;
        Fd overlay = files.overlay();
        Fd written = (overlay == null ? files.image() : overlay).duplicate();
        this.space = new SpaceWatch(name, written);
        this.pulse = new Pulse(PULSE_MILLISECONDS, this::ask, why -> daemon.kill("has not answered (hung): " + why));
        this.diskBytes = files.diskBytes();
        this.metadataBytes = files.fileBytes(diskBytes) - diskBytes;
        this.mustGrow = files.mustGrow();
        this.active = BlockGraph.active(disk);
    }

    /**
     * Starts it and returns while it starts.
     *
     * @param files stay the caller's
     * @param name of the device, for messages
     * @param log becomes its standard output and error; stays the caller's
     * @param sharedBytes the guest's memory
     * @throws VmmException when it is not installed, or the host lets no jail be made
     */
    public static DiskDaemon start(
            DiskSpec disk, DiskFiles files, String name, JailPolicy policy, Fd log, long sharedBytes) {
        HandedFiles handed = new HandedFiles();
        StorageDaemon daemon = StorageDaemon.start(
                name,
                policy,
                log,
                handed,
                BlockGraph.options(disk, files, handed),
                files.fileBytes(files.diskBytes()),
                sharedBytes);
        return new DiskDaemon(disk, name, daemon, files);
    }

    /**
     * Waits until it is there, as large as it is to be.
     *
     * @param log gets what it says
     * @throws VmmException when it has not started, with the reason that it told
     */
    public void await(ProcessLog log) {
        try {
            daemon.await();
        } catch (VmmException e) {
            throw StorageDaemon.refusal(disk.file(), e, log.lastWords());
        }
        if (mustGrow) {
            try {
                resize(diskBytes);
            } catch (QmpException e) {
                throw new VmmException(
                        disk.file() + ": cannot grow to the size that the spec says: " + e.getMessage(), e);
            }
        }
    }

    /** QEMU tells its front-end of a new size from 9.1 on only; so whoever is that is told here. */
    public void onResize(LongConsumer listener) {
        onResize = listener;
    }

    /** {@link StorageDaemon#device}. */
    public UnixSocket device() {
        return daemon.device();
    }

    /** {@link StorageDaemon#describeEnd}. */
    public String describeEnd(String reason) {
        return daemon.describeEnd(reason);
    }

    /** For those who look at it from outside, and for tests. */
    public StorageDaemon daemon() {
        return daemon;
    }

    /** What the guest sees. */
    public long diskBytes() {
        return diskBytes;
    }

    /** Whether the file system that takes the guest's writes is full. */
    public boolean isFull() {
        return space.isFull();
    }

    /**
     * Makes the disk larger; the guest is told.
     *
     * @throws QmpException when it refuses
     */
    public synchronized void resize(long bytes) {
        if (!disk.readOnly()) {
            daemon.limitFiles(bytes + metadataBytes);
        }
        daemon.execute("block_resize", Map.of("node-name", disk.id(), "size", bytes));
        diskBytes = bytes;
        onResize.accept(bytes);
    }

    /**
     * Changes its limit.
     *
     * @throws QmpException when it refuses
     */
    public void limit(DiskLimit limit) {
        daemon.execute(
                "qom-set",
                Map.of(
                        "path",
                        "/objects/" + BlockGraph.LIMIT,
                        "property",
                        "limits",
                        "value",
                        BlockGraph.limits(limit)));
    }

    /**
     * Freezes what the disk has in it: what is written from now on goes into a new overlay.
     *
     * @throws VmmException when it cannot be made; nothing has changed then
     */
    public synchronized void snapshot(Path file) {
        if (Files.exists(file)) {
            throw new VmmException(file + ": already exists; not overwritten");
        }
        String node = "snapshot" + ++snapshots;
        // Outside: a file that somebody else has made meanwhile is not ours to delete.
        Fd.open(file.toString(), Fd.O_RDWR | Fd.O_CREAT | Fd.O_EXCL).close();
        boolean mayBeInUse = false;
        try {
            try (Fd overlay = BlockFile.openLocked(file, false)) {
                DirectFile.requireWhereWanted(disk, overlay);
                Qcow2File.create(overlay, diskBytes);
                Map<String, Object> options = BlockGraph.file(node, overlay, false, disk.cache());
                // The copy keeps the lock for as long as the machine has it.
                daemon.files().add(String.valueOf(options.get("filename")), overlay.duplicate());
                daemon.execute("blockdev-add", options);
                daemon.execute("blockdev-add", BlockGraph.format(node, DiskFormat.QCOW2, false, null));
                mayBeInUse = true;
                daemon.execute("blockdev-snapshot", Map.of("node", active, "overlay", node));
            }
            active = node;
        } catch (RuntimeException e) {
            if (!mayBeInUse) {
                try {
                    Files.deleteIfExists(file);
                } catch (IOException left) {
                    e.addSuppressed(left);
                }
            }
            throw e;
        }
    }

    /** Asks it from now on whether it runs, on a thread of its own, and looks whether there is room for what it writes. */
    public void watch() {
        pulse.start("pulse-" + disk.id());
    }

    private void ask() {
        daemon.execute("query-version", Map.of());
        if (!disk.readOnly()) {
            space.look();
        }
    }

    @Override
    public void close() {
        pulse.close();
        daemon.close();
        space.close();
    }
}
