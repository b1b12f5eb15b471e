package crosvm.vmm.module.kind;

import crosvm.schema.model.DiskSpec;
import crosvm.vmm.VmmException;
import crosvm.vmm.device.blk.BlkDevice;
import crosvm.vmm.device.blk.BlockFile;
import crosvm.vmm.event.EventLoop;
import crosvm.vmm.graph.PciFunctionPlan;
import crosvm.vmm.jail.ProcessLog;
import crosvm.vmm.module.DeviceSite;
import crosvm.vmm.module.PendingBackend;
import crosvm.vmm.storage.DiskDaemon;
import crosvm.vmm.storage.DiskFiles;
import crosvm.vmm.vhostuser.Connection;
import crosvm.vmm.vhostuser.VhostUserException;
import crosvm.vmm.virtio.VirtioBackend;
import crosvm.vmm.virtio.remote.RemoteDevice;
import crosvm.vmm.virtio.remote.VhostUserBackend;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/**
 * A disk that qemu-storage-daemon is the device of, and the vhost-user session with it. Owned by the thread that builds the
 * machine, which must live as long as the process is to live.
 */
final class ServedDisk implements PendingBackend {
    /** For one answer: longer than any flush, shorter than a guest's patience with its own. */
    private static final int ANSWER_MILLISECONDS = 20_000;

    private final PciFunctionPlan plan;
    private final ProcessLog log;
    private final DiskDaemon daemon;
    private final Consumer<String> onDeath;

    private ServedDisk(PciFunctionPlan plan, ProcessLog log, DiskDaemon daemon, Consumer<String> onDeath) {
        this.plan = plan;
        this.log = log;
        this.daemon = daemon;
        this.onDeath = onDeath;
    }

    /**
     * Opens its files and starts its process.
     *
     * @throws VmmException naming the file and what is wrong with it, or the program that is missing
     */
    static ServedDisk start(DiskSpec disk, PciFunctionPlan plan, DeviceSite site) {
        ProcessLog log = new ProcessLog(plan.id(), site.loop());
        try (DiskFiles files = DiskFiles.open(disk)) {
            DiskDaemon daemon =
                    DiskDaemon.start(disk, files, plan.name(), site.policy(plan), log.writer(), site.memoryBytes());
            log.letGoOfWriter();
            site.offer(new ServedDiskControl(disk, daemon));
            return new ServedDisk(plan, log, daemon, site::died);
        } catch (RuntimeException e) {
            log.close();
            throw e;
        }
    }

    @Override
    public VirtioBackend connect(EventLoop loop) {
        daemon.await(log);
        RemoteDevice device = RemoteDevice.of(
                plan.type(),
                plan.name(),
                plan.queues().size(),
                plan.queues().get(0).size(),
                BlkDevice.CONFIG_SIZE);
        try {
            VhostUserBackend backend = VhostUserBackend.open(
                    device,
                    new Connection(daemon.device()),
                    loop,
                    ANSWER_MILLISECONDS,
                    reason -> onDeath.accept(plan.name() + ": " + daemon.describeEnd(reason)));
            LongConsumer capacity = bytes -> backend.setConfig(0, Long.BYTES, bytes / BlockFile.SECTOR);
            capacity.accept(daemon.diskBytes());
            daemon.onResize(capacity);
            daemon.watch();
            return backend;
        } catch (VhostUserException e) {
            throw new VmmException(
                    plan.name() + ": " + daemon.describeEnd(String.valueOf(e.getMessage()))
                            + "; its messages are in the log",
                    e);
        }
    }

    /** For those who look at it from outside, and for tests. */
    DiskDaemon daemon() {
        return daemon;
    }

    @Override
    public void close() {
        daemon.close();
        log.close();
    }
}
