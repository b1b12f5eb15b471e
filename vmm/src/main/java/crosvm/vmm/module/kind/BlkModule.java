package crosvm.vmm.module.kind;

import crosvm.schema.model.DiskCache;
import crosvm.schema.model.DiskSpec;
import crosvm.schema.model.DiskWrites;
import crosvm.schema.model.EnumWord;
import crosvm.schema.model.MemorySize;
import crosvm.schema.model.VmSpec.DeviceKind;
import crosvm.vmm.VmmException;
import crosvm.vmm.device.blk.BlkDevice;
import crosvm.vmm.device.blk.BlockFile;
import crosvm.vmm.graph.HostResource;
import crosvm.vmm.graph.PciFunctionPlan;
import crosvm.vmm.linux.Errno;
import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.FileSpace;
import crosvm.vmm.linux.FileType;
import crosvm.vmm.linux.Memfd;
import crosvm.vmm.metrics.Traffic;
import crosvm.vmm.module.DeviceParts;
import crosvm.vmm.module.DeviceSite;
import crosvm.vmm.module.HostNeed;
import crosvm.vmm.module.HostedModule;
import crosvm.vmm.module.PartsReader;
import crosvm.vmm.module.PartsWriter;
import crosvm.vmm.module.PendingBackend;
import crosvm.vmm.module.Rehearsal;
import crosvm.vmm.module.Rehearsal.Request;
import crosvm.vmm.storage.DirectFile;
import crosvm.vmm.storage.ImageHeader;
import crosvm.vmm.storage.StorageDaemon;
import crosvm.vmm.virtio.DeviceType;
import crosvm.vmm.virtio.VirtioBackend;
import crosvm.vmm.virtio.host.ThreadBackend;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Disks: a device of ours for raw images, qemu-storage-daemon for all that takes more. */
public final class BlkModule implements HostedModule<DiskSpec, BlkModule.Parts> {
    /**
     * Reads and writes, of which the first are handed to the kernel and the later ones, as they come alone, run at once; a flush,
     * the serial number, and a type that does not exist (virtio 1.2 §5.2.6).
     */
    private static final int[] TYPES = {0, 1, 0, 1, 4, 0, 1, 8, 99};

    /** More than that a disk does not gain by, and each is a thread. */
    private static final int MAX_QUEUES = 4;

    private static final int WRITE = 1;
    private static final int REHEARSED_BYTES = 1 << 16;

    /**
     * What a disk is made of.
     *
     * @param id its serial number
     * @param readOnly whether the guest may only read
     * @param image open and locked
     * @param direct the same file, open past the host's page cache; null for a disk in it
     * @param queues for requests, each with a worker of its own
     */
    public record Parts(
            String id, boolean readOnly, Fd image, @Nullable Fd direct, int queues) implements DeviceParts {
        /** In the page cache, with one queue. */
        public Parts(String id, boolean readOnly, Fd image) {
            this(id, readOnly, image, null, 1);
        }

        /** The same with so many queues. */
        public Parts with(int queueCount) {
            return new Parts(id, readOnly, image, direct, queueCount);
        }

        @Override
        public void write(PartsWriter writer) {
            writer.text(id).flag(readOnly).number(queues).flag(direct != null).descriptor(image);
            if (direct != null) {
                writer.descriptor(direct);
            }
        }
    }

    @Override
    public DeviceKind kind() {
        return DeviceKind.BLK;
    }

    @Override
    public String title() {
        return "disk";
    }

    @Override
    public DeviceType type() {
        return DeviceType.BLOCK;
    }

    @Override
    public List<String> queues(DiskSpec disk) {
        return List.of("requestq");
    }

    /** virtio 1.2 §5.2.2: one for each vCPU, so that none waits for another's; qemu-storage-daemon would serve all on one thread. */
    @Override
    public List<String> queues(DiskSpec disk, int cpus) {
        int count = disk.isServed() ? 1 : Math.min(cpus, MAX_QUEUES);
        return count == 1
                ? queues(disk)
                : IntStream.rangeClosed(1, count).mapToObj(i -> "requestq" + i).toList();
    }

    @Override
    public @Nullable String program(DiskSpec disk) {
        return disk.isServed() ? StorageDaemon.PROGRAM : null;
    }

    @Override
    public List<HostResource> host(DiskSpec disk) {
        String access = disk.keepsImage() ? "read, shared lock" : "read, write, exclusive lock";
        List<HostResource> host = new ArrayList<>();
        host.add(new HostResource(HostResource.Kind.FILE, disk.file().toString(), access));
        DiskWrites writes = disk.writes();
        if (writes != null && writes.kind() == DiskWrites.Kind.FILE) {
            host.add(new HostResource(
                    HostResource.Kind.FILE, writes.overlay().toString(), "read, write, exclusive lock"));
        }
        if (disk.isServed()) {
            if (writes != null && writes.kind() == DiskWrites.Kind.DISCARD) {
                host.add(new HostResource(
                        HostResource.Kind.FOLDER, "$TMPDIR or /var/tmp", "a file without a name, read, write"));
            }
            host.add(new HostResource(HostResource.Kind.PROGRAM, StorageDaemon.PROGRAM, "start"));
        }
        return host;
    }

    @Override
    public List<HostNeed> needs() {
        return List.of(HostNeed.program(
                StorageDaemon.PROGRAM,
                StorageDaemon.FOLDERS,
                "disks that are not raw, overlays, limits",
                "qemu-system-common"));
    }

    @Override
    public List<String> handed(DiskSpec disk) {
        if (disk.isServed()) {
            return List.of("its monitor (QMP)");
        }
        String image = disk.file() + (disk.readOnly() ? ", to read" : ", to read and write");
        return disk.cache() == DiskCache.NONE
                ? List.of(image + ", locked", image + ", past the page cache")
                : List.of(image + ", locked");
    }

    @Override
    public @Nullable String writes(DiskSpec disk) {
        if (disk.readOnly()) {
            return null;
        }
        return disk.isServed()
                ? "the size of its disk and 0.4 % and 64MiB more for tables, also after disk resize"
                : "the size of its largest image, also after disk resize";
    }

    @Override
    public Traffic traffic() {
        return Traffic.DISK;
    }

    @Override
    public String probe(DiskSpec disk) {
        if (disk.isServed()) {
            return probeServed(disk);
        }
        try (BlockFile file = BlockFile.open(disk.file(), disk.readOnly())) {
            DirectFile.requireWhereWanted(disk, file.file());
            return disk.file() + ", " + file.sectors() + " sectors, not in use";
        }
    }

    @Override
    public PendingBackend begin(DiskSpec disk, PciFunctionPlan plan, DeviceSite site) {
        if (disk.isServed()) {
            return ServedDisk.start(disk, plan, site);
        }
        PendingBackend pending =
                site.host(plan, this, open(disk).with(plan.queues().size()));
        site.offer(new RawDiskControl(disk, pending::limitFiles, () -> site.refresh(plan), () -> site.hasFailed(plan)));
        return pending;
    }

    @Override
    public Parts open(DiskSpec disk) {
        BlockFile image = BlockFile.open(disk.file(), disk.readOnly());
        try {
            grow(disk, image);
            return new Parts(
                    disk.id(), disk.readOnly(), image.file(), DirectFile.openWhereWanted(disk, image.file()), 1);
        } catch (RuntimeException e) {
            image.close();
            throw e;
        }
    }

    /** To the size that the spec says. */
    private static void grow(DiskSpec disk, BlockFile image) {
        MemorySize size = disk.size();
        if (size == null || size.bytes() == image.size()) {
            return;
        }
        if (size.bytes() < image.size()) {
            throw new VmmException(disk.file() + ": has " + new MemorySize(image.size())
                    + ", which is more than size says (" + size
                    + "). A disk is never made smaller this way: raise size, or leave it out");
        }
        int grown = FileType.of(image.file()) == FileType.REGULAR
                ? FileSpace.setLength(image.file(), size.bytes())
                : -Errno.EINVAL.code();
        if (grown < 0) {
            throw new ErrnoException(disk.file() + ": cannot grow to " + size, -grown);
        }
        image.measure();
    }

    private static String probeServed(DiskSpec disk) {
        StorageDaemon.find();
        try (Fd image = BlockFile.openLocked(disk.file(), disk.keepsImage())) {
            ImageHeader header = ImageHeader.read(image, disk.format());
            DirectFile.requireWhereWanted(disk, image);
            return disk.file() + ", " + EnumWord.of(disk.format()) + ", " + new MemorySize(header.virtualSize())
                    + ", not in use";
        }
    }

    @Override
    public Parts read(PartsReader reader) {
        String id = reader.text();
        boolean readOnly = reader.flag();
        int queues = (int) reader.number();
        boolean direct = reader.flag();
        Fd image = reader.descriptor("blk " + id);
        return new Parts(id, readOnly, image, direct ? reader.descriptor("blk " + id) : null, queues);
    }

    @Override
    public VirtioBackend make(Parts parts) {
        return device(BlockFile.of(parts.image(), parts.direct(), parts.readOnly()), parts.id(), parts.queues());
    }

    private static VirtioBackend device(BlockFile image, String id, int queues) {
        return new ThreadBackend(new BlkDevice(image, id, queues, BlkDevice.Io.RING));
    }

    @Override
    public int configSize() {
        return BlkDevice.CONFIG_SIZE;
    }

    @Override
    public List<Rehearsal> rehearsals() {
        List<Request> requests = new ArrayList<>();
        for (int type : TYPES) {
            byte[] header = ByteBuffer.allocate(16)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putInt(type)
                    .array();
            requests.add(
                    type == WRITE
                            ? new Request(0, List.of(header, new byte[BlockFile.SECTOR]), List.of(1))
                            : new Request(0, List.of(header), List.of(BlockFile.SECTOR, 1)));
        }
        BlockFile image = BlockFile.of(Memfd.sealed("warm disk", REHEARSED_BYTES), false);
        return List.of(new Rehearsal(device(image, "warm", 1), requests));
    }
}
