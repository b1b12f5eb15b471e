package crosvm.vmm.module.kind;

import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.in;
import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.out;
import static org.assertj.core.api.Assertions.assertThat;

import crosvm.schema.load.SpecLoader;
import crosvm.schema.model.DiskSpec;
import crosvm.vmm.event.EventFd;
import crosvm.vmm.event.EventLoop;
import crosvm.vmm.graph.PciFunctionPlan;
import crosvm.vmm.jail.JailPolicy;
import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.module.ConsolePorts;
import crosvm.vmm.module.DeviceParts;
import crosvm.vmm.module.DeviceSite;
import crosvm.vmm.module.HostedModule;
import crosvm.vmm.module.NetworkPorts;
import crosvm.vmm.module.PendingBackend;
import crosvm.vmm.virtio.Feature;
import crosvm.vmm.virtio.RecordedHost;
import crosvm.vmm.virtio.VirtioBackend;
import crosvm.vmm.virtio.queue.DriverQueue;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/** A disk as a spec says, begun as a machine begins it and driven by a few requests written by hand. Used by one thread. */
final class DrivenDisk implements AutoCloseable {
    static final int READ = 0;
    static final int WRITE = 1;
    static final int FLUSH = 4;
    static final int GET_ID = 8;
    static final int DISCARD = 11;
    static final int WRITE_ZEROES = 13;
    static final int SECTOR = 512;

    /** No status at all: the device has died, or takes more than a minute. */
    static final int NO_ANSWER = -1;

    private static final int MEMORY = 4 << 20;
    private static final long HEADER = 0x10000;
    private static final long DATA = 0x20000;
    private static final long STATUS = 0x18000;
    private static final int ANSWER_MILLISECONDS = 60_000;

    final RecordedHost host = new RecordedHost();
    final List<String> deaths = new CopyOnWriteArrayList<>();
    final PciFunctionPlan plan;
    ServedDiskControl control;
    private final EventLoop loop = new EventLoop("test");
    private final Thread loopThread = new Thread(loop::run);
    private final GuestMemory memory = GuestMemory.allocate(MEMORY);
    private final EventFd kick = EventFd.create("kick");
    private final EventFd call = EventFd.create("call");
    private final JailPolicy.OnViolation onViolation;
    private final DriverQueue ring = new DriverQueue(memory, 0x1000, 64);
    private ServedDisk disk;
    private VirtioBackend backend;

    private DrivenDisk(PciFunctionPlan plan, JailPolicy.OnViolation onViolation) {
        this.plan = plan;
        this.onViolation = onViolation;
        loopThread.start();
    }

    /** @param fields of the disk besides its id, in YAML's flow style */
    static PciFunctionPlan plan(Path folder, String fields) {
        String yaml = "kernel: {builtin: hello}\nrng: false\nballoon: false\ndisks: [{id: work, " + fields + "}]\n";
        return DeviceModules.plan(SpecLoader.withEnvironment(Map.of())
                        .load("vm.yaml", yaml, folder)
                        .orThrow())
                .pci()
                .get(0);
    }

    static DrivenDisk start(Path folder, String fields) {
        return start(folder, fields, JailPolicy.OnViolation.KILL);
    }

    static DrivenDisk start(Path folder, String fields, JailPolicy.OnViolation onViolation) {
        DrivenDisk driven = new DrivenDisk(plan(folder, fields), onViolation);
        try {
            driven.begin();
            return driven;
        } catch (RuntimeException e) {
            driven.close();
            throw e;
        }
    }

    private void begin() {
        disk = ServedDisk.start((DiskSpec) plan.spec(), plan, new Site());
        backend = disk.connect(loop);
        backend.listen(host);
        backend.setMemory(memory);
        backend.acceptFeatures(backend.features() & ~Feature.EVENT_IDX);
        backend.startQueue(0, ring.vring(), kick, call);
    }

    /** Sectors, as the guest sees them. */
    long capacity() {
        return backend.readConfig(0, 8);
    }

    long features() {
        return backend.features();
    }

    /** @return the status byte of the request; what it has read is at {@link #data} */
    int request(int type, long sector, byte[] data) {
        memory.putU32(HEADER, type);
        memory.putU32(HEADER + 4, 0);
        memory.putU64(HEADER + 8, sector);
        memory.putU8(STATUS, 0xff);
        boolean reads = type == READ || type == GET_ID;
        memory.write(DATA, data, 0, data.length);
        if (data.length == 0) {
            ring.offer(out(HEADER, 16), in(STATUS, 1));
        } else {
            ring.offer(out(HEADER, 16), reads ? in(DATA, data.length) : out(DATA, data.length), in(STATUS, 1));
        }
        long end = System.nanoTime() + ANSWER_MILLISECONDS * 1_000_000L;
        int before = ring.usedIndex();
        kick.signal();
        while (ring.usedIndex() == before && System.nanoTime() < end && deaths.isEmpty()) {
            call.await(100);
        }
        return ring.usedIndex() == before ? NO_ANSWER : memory.u8(STATUS);
    }

    byte[] data(int length) {
        byte[] bytes = new byte[length];
        memory.read(DATA, bytes, 0, length);
        return bytes;
    }

    void writes(long sector, String text) {
        assertThat(request(WRITE, sector, sectorOf(text)))
                .as(() -> "status of a write; deaths: " + deaths)
                .isZero();
    }

    String reads(long sector) {
        assertThat(request(READ, sector, new byte[SECTOR]))
                .as(() -> "status of a read; deaths: " + deaths)
                .isZero();
        return new String(data(SECTOR), StandardCharsets.UTF_8).replace("\0", "");
    }

    static byte[] sectorOf(String text) {
        return java.util.Arrays.copyOf(text.getBytes(StandardCharsets.UTF_8), SECTOR);
    }

    /** The daemon's process, as seen from here. */
    int pid() {
        return disk.daemon().daemon().jail().pid().orElseThrow();
    }

    @Override
    public void close() {
        if (backend != null) {
            backend.close();
        }
        if (disk != null) {
            disk.close();
        }
        loop.stop();
        try {
            loopThread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        loop.close();
        memory.close();
        kick.close();
        call.close();
    }

    private final class Site implements DeviceSite {
        @Override
        public long memoryBytes() {
            return MEMORY;
        }

        @Override
        public EventLoop loop() {
            return loop;
        }

        @Override
        public ConsolePorts consoles() {
            throw new AssertionError("a disk has no console");
        }

        @Override
        public NetworkPorts networks() {
            return NetworkPorts.NONE;
        }

        @Override
        public void died(String report) {
            deaths.add(report);
        }

        @Override
        public <P extends DeviceParts> PendingBackend host(PciFunctionPlan of, HostedModule<?, P> module, P parts) {
            throw new AssertionError("a served disk has a daemon of its own, no device process");
        }

        @Override
        public JailPolicy policy(PciFunctionPlan of) {
            return new JailPolicy(JailPolicy.load(null, "policy", List.of(of.policy())), onViolation);
        }

        @Override
        public void refresh(PciFunctionPlan of) {}

        @Override
        public boolean hasFailed(PciFunctionPlan of) {
            return false;
        }

        @Override
        public void offer(Object offered) {
            control = (ServedDiskControl) offered;
        }
    }
}
