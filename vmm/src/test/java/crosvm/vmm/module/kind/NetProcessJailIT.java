package crosvm.vmm.module.kind;

import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.in;
import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.out;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import crosvm.schema.load.SpecLoader;
import crosvm.vmm.event.EventFd;
import crosvm.vmm.graph.DeviceGraph;
import crosvm.vmm.graph.PciFunctionPlan;
import crosvm.vmm.hosting.JailedDevices;
import crosvm.vmm.hosting.WaitingDevices;
import crosvm.vmm.jail.JailableClassPath;
import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.metrics.DeviceCounters;
import crosvm.vmm.module.PendingBackend;
import crosvm.vmm.virtio.Feature;
import crosvm.vmm.virtio.RecordedHost;
import crosvm.vmm.virtio.VirtioBackend;
import crosvm.vmm.virtio.queue.DriverQueue;
import crosvm.vmm.virtio.remote.LoopThread;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Network cards in real jails, on a tap of this machine's and on passt: what answers is the host's kernel, or passt. */
@Timeout(120)
@ExtendWith(JailableClassPath.class)
class NetProcessJailIT {
    private static final long DATA = 0x20000;
    private static final int HEADER = 12;
    private static final int BUFFERS = 60;
    /** Who has 198.18.8.1? Tell 198.18.8.2. */
    private static final byte[] REQUEST = HexFormat.of()
            .parseHex("ffffffffffff" + "020000000802" + "0806" + "0001080006040001" + "020000000802" + "c6120802"
                    + "000000000000" + "c6120801");

    private final LoopThread loop = new LoopThread();
    private final GuestMemory memory = GuestMemory.allocate(4 << 20);
    private final RecordedHost host = new RecordedHost();
    private final List<String> deaths = new CopyOnWriteArrayList<>();
    private final EventFd kick = EventFd.create("kick");
    private final EventFd call = EventFd.create("call");

    @BeforeAll
    static void needsRootAndTheDevice() {
        assumeTrue(Files.isWritable(Path.of("/dev/net/tun")), "no /dev/net/tun that this user may open");
        assumeTrue(System.getProperty("user.name").equals("root"), "creating a tap needs CAP_NET_ADMIN");
    }

    @AfterEach
    void closes() {
        loop.close();
        memory.close();
        kick.close();
        call.close();
    }

    @Test
    void servesATapWithSeveralQueuesFromTheJail() throws Exception {
        talks("{id: lan, hostIp: 198.18.8.1, netmask: 255.255.255.0, queues: 2, vhost: off}", 4, 0);
    }

    @Test
    void servesATapWithThePolicyForVhostWhetherOrNotItIsThere() throws Exception {
        talks("{id: lan, hostIp: 198.18.8.1, netmask: 255.255.255.0, vhost: auto}", 2, 1);
    }

    @Test
    void servesPasstFromTheJail() throws Exception {
        talks("{id: lan, user: true}", 2, 1);
    }

    /** Asks for the host's address, sends a frame that is none, and uses all pairs, which may not be possible. */
    private void talks(String network, int controlQueue, int pairsAnswer) throws Exception {
        DeviceGraph graph = DeviceModules.plan(SpecLoader.withEnvironment(Map.of())
                .load("vm.yaml", "kernel: vmlinuz\nnetworks: [" + network + "]", Path.of("/vm"))
                .orThrow());
        PciFunctionPlan plan = graph.pci().stream()
                .filter(function -> function.id().equals("lan"))
                .findFirst()
                .orElseThrow();
        JailedDevices jailed = new JailedDevices(graph, loop.loop, deaths::add, WaitingDevices.none());
        NetModule module = new NetModule();
        try (DeviceCounters counters =
                        DeviceCounters.create("lan", plan.queues().size());
                PendingBackend pending =
                        jailed.add(plan, module, module.open(module.own(plan.spec())), counters.fd())) {
            jailed.start();
            try (VirtioBackend card = pending.connect(loop.loop)) {
                jailed.awaitReady();
                card.listen(host);
                card.setMemory(memory);
                card.acceptFeatures(card.features() & ~Feature.EVENT_IDX);
                DriverQueue receive = start(card, 0, 0x1000);
                DriverQueue transmit = start(card, 1, 0x4000);
                DriverQueue control = start(card, controlQueue, 0x7000);
                for (int i = 0; i < BUFFERS; i++) {
                    receive.offer(in(DATA + 0x1000 + 0x800L * i, 0x800));
                }
                if (!network.contains("auto")) {
                    transmit.offer(out(DATA, 3)); // For the kernel's vhost this would break the queue.
                }
                memory.write(DATA + HEADER, REQUEST, 0, REQUEST.length);
                transmit.offer(out(DATA, HEADER + REQUEST.length));
                kick.signal();
                assertThat(answered(receive)).as("an ARP reply").isTrue();
                memory.write(DATA + 256, new byte[] {4, 0, 2, 0}, 0, 4);
                control.offer(out(DATA + 256, 4), in(DATA + 300, 1));
                kick.signal();
                control.awaitUsed();
                assertThat(memory.u8(DATA + 300)).isEqualTo(pairsAnswer);
                card.reset();
                if (!network.contains("auto")) {
                    assertThat(counters.read(List.of("receiveq1", "transmitq1"))
                                    .get(1)
                                    .requests())
                            .isEqualTo(2);
                }
            }
        }
        assertThat(deaths).isEmpty();
        assertThat(host.failures).isEmpty();
    }

    /** All queues have the same kick: edge-triggered, each takes notice of every signal. */
    private DriverQueue start(VirtioBackend card, int queue, long at) {
        DriverQueue ring = new DriverQueue(memory, at, 64);
        card.startQueue(queue, ring.vring(), kick, call);
        return ring;
    }

    private boolean answered(DriverQueue receive) {
        for (int seen = 0; seen < BUFFERS; seen++) {
            ByteBuffer frame = ByteBuffer.allocate(receive.awaitUsed());
            memory.read(DATA + 0x1000 + 0x800L * receive.usedId(seen), frame.array(), 0, frame.capacity());
            if (frame.getShort(HEADER + 12) == 0x0806 && frame.getInt(HEADER + 28) == 0xc6120801) {
                return true;
            }
        }
        return false;
    }
}
