package crosvm.vmm.hosting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.schema.load.SpecLoader;
import crosvm.vmm.VmmException;
import crosvm.vmm.bus.IoEvents;
import crosvm.vmm.event.EventFd;
import crosvm.vmm.event.EventLoop;
import crosvm.vmm.graph.Bar;
import crosvm.vmm.graph.Msix;
import crosvm.vmm.graph.PciFunctionPlan;
import crosvm.vmm.graph.QueuePlan;
import crosvm.vmm.irq.MsiRoute;
import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.module.kind.DeviceModules;
import crosvm.vmm.virtio.DeviceType;
import crosvm.vmm.virtio.VirtioDevice;
import crosvm.vmm.virtio.host.ThreadBackend;
import crosvm.vmm.virtio.pci.VirtioPciFunction;
import crosvm.vmm.virtio.pci.VirtioPciHost;
import crosvm.vmm.virtio.queue.SplitQueue;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is printed is what runs: each side of the comparison is changed once. */
class PlannedFunctionTest {
    private static final PciFunctionPlan PLAN = DeviceModules.plan(SpecLoader.withEnvironment(Map.of())
                    .load("vm.yaml", "kernel: {builtin: hello}\nballoon: false", Path.of("/vm"))
                    .orThrow())
            .pci()
            .get(0);

    private final GuestMemory memory = GuestMemory.allocate(1 << 20);
    private final EventLoop loop = new EventLoop("test");
    private final List<Integer> gsis = new ArrayList<>();
    private boolean closed;

    @AfterEach
    void closes() {
        loop.close();
        memory.close();
    }

    /** A source of random bytes, or what should be one. */
    private final class Device implements VirtioDevice {
        private final DeviceType type;
        private final int queues;
        private final int queueSize;

        private Device(DeviceType type, int queues, int queueSize) {
            this.type = type;
            this.queues = queues;
            this.queueSize = queueSize;
        }

        @Override
        public DeviceType type() {
            return type;
        }

        @Override
        public String name() {
            return "rng";
        }

        @Override
        public long features() {
            return 0;
        }

        @Override
        public int queueCount() {
            return queues;
        }

        @Override
        public int queueSize(int queue) {
            return queueSize;
        }

        @Override
        public void handleQueue(int queue, SplitQueue ring) {}

        @Override
        public void close() {
            closed = true;
        }
    }

    private static final class NoIoEvents implements IoEvents {
        @Override
        public boolean add(EventFd event, long address) {
            return false;
        }

        @Override
        public void remove(EventFd event, long address) {}
    }

    private static final class Route implements MsiRoute {
        @Override
        public boolean program(long address, int data) {
            return true;
        }

        @Override
        public void connect(EventFd call) {}

        @Override
        public void disconnect(EventFd call) {}

        @Override
        public void close() {}
    }

    private VirtioPciFunction make(PciFunctionPlan plan, Device device) {
        VirtioPciHost host = new VirtioPciHost(memory, Route::new, new NoIoEvents(), loop);
        return PlannedFunction.make(plan, new ThreadBackend(device), level -> {}, host, gsi -> {
            gsis.add(gsi);
            return new Route();
        });
    }

    private Device device() {
        return new Device(DeviceType.RNG, 1, 256);
    }

    private static PciFunctionPlan plan(int virtioId, List<Bar> bars, int intxGsi, Msix msix, List<QueuePlan> queues) {
        return new PciFunctionPlan(
                PLAN.address(),
                PLAN.spec(),
                PLAN.title(),
                PLAN.type(),
                virtioId,
                bars,
                intxGsi,
                msix,
                queues,
                PLAN.placement(),
                PLAN.program(),
                PLAN.port(),
                PLAN.handed(),
                PLAN.heldDescriptors(),
                PLAN.writes(),
                PLAN.host());
    }

    private void refuses(PciFunctionPlan plan, Device device, String difference) {
        closed = false;
        assertThatThrownBy(() -> make(plan, device))
                .isInstanceOf(VmmException.class)
                .hasMessage("rng: " + difference + ". This is a bug in crosvm; please report it with your spec");
        assertThat(closed).as("the device is closed").isTrue();
    }

    @Test
    void takesGsisInterruptLineAndBarAddressFromThePlan() {
        Bar bar = new Bar(0, 0xd000_0000L, 0x8000);
        try (VirtioPciFunction function = make(plan(4, List.of(bar), 21, new Msix(2, 100), PLAN.queues()), device())) {
            assertThat(gsis).containsExactly(100, 101);
            assertThat(function.bars().get(0).address()).isEqualTo(0xd000_0000L);
            assertThat(function.config().read(0x3c, 1)).isEqualTo(21);
        }
        assertThat(closed).isTrue();
    }

    @Test
    void takesADeviceThatIsAsThePlanSays() {
        make(PLAN, device()).close();
        assertThat(gsis).containsExactly(24, 25);
    }

    @Test
    void refusesADeviceThatDiffersFromThePlan() {
        refuses(PLAN, new Device(DeviceType.NET, 1, 256), "device type: the plan says RNG, the device has NET");
        refuses(PLAN, new Device(DeviceType.RNG, 2, 256), "queues: the plan says 1, the device has 2");
        refuses(PLAN, new Device(DeviceType.RNG, 1, 128), "size of queue 0: the plan says 256, the device has 128");
    }

    @Test
    void refusesAPlanThatDiffersFromTheDevice() {
        List<Bar> bars = PLAN.bars();
        List<QueuePlan> two = List.of(new QueuePlan("requestq", 256), new QueuePlan("other", 256));
        refuses(plan(4, bars, 17, PLAN.msix(), two), device(), "queues: the plan says 2, the device has 1");
        refuses(
                plan(4, bars, 17, PLAN.msix(), List.of(new QueuePlan("requestq", 512))),
                device(),
                "size of queue 0: the plan says 512, the device has 256");
        refuses(
                plan(4, bars, 17, new Msix(3, 24), PLAN.queues()),
                device(),
                "MSI-X vectors: the plan says 3, the device has 2");
        refuses(
                plan(4, List.of(new Bar(0, 0xd000_0000L, 0x4000)), 17, PLAN.msix(), PLAN.queues()),
                device(),
                "size of BAR 0: the plan says 0x4000, the device has 0x8000");
        refuses(
                plan(4, List.of(new Bar(2, 0xd000_0000L, 0x8000)), 17, PLAN.msix(), PLAN.queues()),
                device(),
                "index of BAR 0: the plan says 2, the device has 0");
        refuses(
                plan(4, List.of(), 17, PLAN.msix(), PLAN.queues()),
                device(),
                "BARs: the plan says 0, the device has 1");
    }
}
