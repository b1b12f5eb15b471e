package crosvm.vmm.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.schema.load.SpecLoader;
import crosvm.schema.model.Placement;
import crosvm.schema.model.ShareSpec;
import crosvm.schema.model.SpecModel;
import crosvm.schema.model.VmSpec;
import crosvm.vmm.memory.MemoryLayout;
import crosvm.vmm.module.kind.DeviceModules;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class GraphPlannerTest {
    private static final String FULL = """
            kernel: vmlinuz
            shares: [{tag: src, path: src}]
            console: {hvc0: {to: file, path: hvc0.log}}
            vsock: 7
            wayland: {socket: wl.sock, deviceId: 30}
            networks: [{id: lan, tap: tap0, queues: 2}]
            disks: [{id: first, path: a.img}, {id: second, path: b.img, readOnly: false, root: true}]
            """;

    private static DeviceGraph plan(String yaml) {
        return DeviceModules.plan(load(yaml));
    }

    private static VmSpec load(String yaml) {
        return SpecLoader.withEnvironment(Map.of())
                .load("vm.yaml", yaml, Path.of("/vm"))
                .orThrow();
    }

    private static PciFunctionPlan function(DeviceGraph graph, String id) {
        return graph.pci().stream().filter(f -> f.id().equals(id)).findFirst().orElseThrow();
    }

    @Test
    void putsDevicesInTheirFixedOrderWhateverTheOrderInTheFile() {
        assertThat(plan(FULL).pci())
                .extracting(f -> f.address() + " " + f.id() + " " + f.virtioId())
                .containsExactly(
                        "00:01.0 first 2",
                        "00:02.0 second 2",
                        "00:03.0 rng 4",
                        "00:04.0 balloon 5",
                        "00:05.0 lan 1",
                        "00:06.0 wl 30",
                        "00:07.0 vsock 19",
                        "00:08.0 hvc0 3",
                        "00:09.0 src 26");
    }

    @Test
    void givesEachFunctionItsOwnBarInsideTheWindowNaturallyAligned() {
        long end = MemoryLayout.PCI_MMIO_START;
        for (PciFunctionPlan function : plan(FULL).pci()) {
            for (Bar bar : function.bars()) {
                assertThat(Long.bitCount(bar.size())).isEqualTo(1);
                assertThat(bar.address() % bar.size()).isZero();
                assertThat(bar.address()).isGreaterThanOrEqualTo(end);
                end = bar.address() + bar.size();
            }
        }
        assertThat(end).isLessThanOrEqualTo(MemoryLayout.PCI_MMIO_START + MemoryLayout.PCI_MMIO_SIZE);
    }

    @Test
    void givesOneMsixVectorToEachQueueAndOneToTheConfigurationWithoutOverlap() {
        int next = 24;
        for (PciFunctionPlan function : plan(FULL).pci()) {
            assertThat(function.msix()).isEqualTo(new Msix(function.queues().size() + 1, next));
            next += function.msix().vectors();
        }
    }

    @Test
    void namesTheQueuesAsVirtioDoes() {
        assertThat(function(plan(FULL), "lan").queues())
                .extracting(QueuePlan::name)
                .containsExactly("receiveq1", "transmitq1", "receiveq2", "transmitq2", "controlq");
        assertThat(function(plan("kernel: k\nballoon: {freePageReporting: false}"), "balloon")
                        .queues())
                .extracting(QueuePlan::name)
                .containsExactly("inflateq", "deflateq", "statsq");
    }

    @Test
    void spreadsTheSlotsOverEightInterruptLines() {
        assertThat(plan(FULL).pci())
                .extracting(PciFunctionPlan::intxGsi)
                .containsExactly(17, 18, 19, 20, 21, 22, 23, 16, 17);
    }

    @Test
    void namesTheRootDiskAfterItsPlaceAndPutsTheSpecsWordsLast() {
        assertThat(plan(FULL + "memory: 512MiB\n").boot().commandLine())
                .isEqualTo("console=ttyS0 reboot=k panic=1 root=/dev/vdb rw");
        assertThat(plan("kernel: {image: k, params: 'panic=0 quiet'}\ndisks: [{path: a, root: true}]")
                        .boot()
                        .commandLine())
                .isEqualTo("console=ttyS0 reboot=k root=/dev/vda ro panic=0 quiet");
    }

    @Test
    void countsDiskNamesAsLinuxDoes() {
        assertThat(IntStream.of(0, 25, 26, 27, 701, 702).mapToObj(KernelParameters::diskName))
                .containsExactly("vda", "vdz", "vdaa", "vdab", "vdzz", "vdaaa");
    }

    @Test
    void sendsTheKernelsMessagesToTheVirtioConsoleWhenTheSerialPortLeadsNowhere() {
        assertThat(plan("kernel: k\nconsole: {com1: none, hvc0: terminal}")
                        .boot()
                        .commandLine())
                .startsWith("console=hvc0 ");
    }

    @Test
    void splitsMemoryAroundTheHoleBelowFourGib() {
        assertThat(plan("kernel: k\nmemory: 6GiB").addresses())
                .filteredOn(range -> range.kind() == AddressRange.Kind.RAM)
                .containsExactly(
                        new AddressRange(AddressRange.Kind.RAM, 0, 3L << 30),
                        new AddressRange(AddressRange.Kind.RAM, 4L << 30, 3L << 30));
    }

    @Test
    void keepsTheAddressRangesInOrderAndApart() {
        long end = 0;
        for (AddressRange range : plan(FULL + "memory: 5GiB\n").addresses()) {
            assertThat(range.address()).isGreaterThanOrEqualTo(end);
            end = range.end();
        }
        assertThat(end).isEqualTo((6L << 30) + AddressMap.SHARED_WINDOW_SIZE);
    }

    @Test
    void keepsTheLegacyPortsApart() {
        boolean[] taken = new boolean[0x10000];
        for (LegacyDevice device : plan("kernel: k").legacy()) {
            for (LegacyDevice.PortRange range : device.ports()) {
                for (int port = range.first(); port < range.first() + range.count(); port++) {
                    assertThat(taken[port])
                            .as("port 0x%x of %s", port, device.id())
                            .isFalse();
                    taken[port] = true;
                }
            }
        }
    }

    private static VmSpec with(VmSpec spec, String name, Object value) {
        Object[] values = SpecModel.root().fields().stream()
                .map(field -> field.name().equals(name) ? value : field.read(spec))
                .toArray();
        return (VmSpec) SpecModel.root().create(values);
    }

    @Test
    void refusesMoreDevicesThanThereAreSlots() {
        String disks =
                IntStream.range(0, 30).mapToObj(i -> "{path: d" + i + "}").collect(Collectors.joining(", "));
        VmSpec spec = load("kernel: k\nrng: false\nballoon: false\nvsock: 3\ndisks: [" + disks + "]\n");
        assertThat(DeviceModules.plan(spec).pci()).hasSize(31);
        VmSpec tooMuch = with(spec, "shares", List.of(new ShareSpec("late", Path.of("/p"), true)));
        assertThatThrownBy(() -> DeviceModules.plan(tooMuch))
                .isInstanceOfSatisfying(
                        PlanException.class, e -> assertThat(e.field()).isEqualTo("shares"))
                .hasMessageContaining("room for 31 devices")
                .hasMessageContaining("late");
    }

    @Test
    void placesDevicesAsTheCatalogPrefersUnlessTheSpecSaysOtherwise() {
        assertThat(function(plan(FULL), "second").placement()).isEqualTo(Placement.PROCESS);
        DeviceGraph told = plan(FULL + "sandbox: {devices: {blk: thread, second: process}}\n");
        assertThat(function(told, "first").placement()).isEqualTo(Placement.THREAD);
        assertThat(function(told, "second").placement()).isEqualTo(Placement.PROCESS);
        DeviceGraph open = plan(FULL + "sandbox: false\n");
        assertThat(open.pci())
                .filteredOn(f -> f.placement() == Placement.PROCESS)
                .extracting(PciFunctionPlan::id)
                .containsExactly("src");
    }

    @Test
    void putsTheDevicesOfAGroupIntoOneProcess() {
        assertThat(plan(FULL + "sandbox: {groups: {storage: [blk, rng]}}\n").processes())
                .containsExactly(
                        new ProcessPlan(ProcessPlan.Kind.MAIN, "vmm", List.of("balloon", "hvc0")),
                        new ProcessPlan(ProcessPlan.Kind.JAIL, "storage", List.of("first", "second", "rng")),
                        new ProcessPlan(ProcessPlan.Kind.JAIL, "lan", List.of("lan")),
                        new ProcessPlan(ProcessPlan.Kind.JAIL, "wl", List.of("wl")),
                        new ProcessPlan(ProcessPlan.Kind.JAIL, "vsock", List.of("vsock")),
                        new ProcessPlan(ProcessPlan.Kind.FOREIGN, "src", List.of("src")));
    }

    @Test
    void saysHowEachDiskIsLocked() {
        DeviceGraph graph = plan(FULL);
        assertThat(function(graph, "first").host())
                .containsExactly(new HostResource(HostResource.Kind.FILE, "/vm/a.img", "read, shared lock"));
        assertThat(function(graph, "second").host())
                .containsExactly(new HostResource(HostResource.Kind.FILE, "/vm/b.img", "read, write, exclusive lock"));
    }

    @Test
    void isTheSameEveryTime() {
        assertThat(plan(FULL).toString()).isEqualTo(plan(FULL).toString());
    }
}
