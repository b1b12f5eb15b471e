package crosvm.vmm.virtio.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.vmm.VmmException;
import crosvm.vmm.device.vsock.VsockDevice;
import crosvm.vmm.event.EventFd;
import crosvm.vmm.linux.Errno;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.virtio.Feature;
import crosvm.vmm.virtio.RecordedHost;
import crosvm.vmm.virtio.host.ThreadBackend;
import crosvm.vmm.virtio.queue.DriverQueue;
import crosvm.vmm.virtio.queue.Vring;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the kernel is told, and in which order, when a transport drives vhost-vsock and vhost-net. */
@Timeout(120)
class VhostKernelBackendTest {
    private static final long MRG_RXBUF = 1L << 15;
    private static final long LOG_ALL = 1L << 26;
    private static final long ANY_LAYOUT = 1L << 27;
    private static final long ACCESS_PLATFORM = 1L << 33;
    private static final long SEQPACKET = 1L << 1;
    private static final long NET_F_MQ = 1L << 22;

    private final GuestMemory memory = GuestMemory.allocate(4 << 20);
    private final RecordedHost host = new RecordedHost();
    private final EventFd kick = EventFd.create("kick");
    private final EventFd call = EventFd.create("call");
    private final EventFd tap = EventFd.create("tap");
    private final FakeVhost kernel = new FakeVhost(null);
    private final List<AutoCloseable> open = new ArrayList<>(List.of(memory, kick, call, tap));

    @AfterEach
    void closes() throws Exception {
        for (AutoCloseable each : open) {
            each.close();
        }
    }

    private VhostKernelBackend vsock() {
        return backend(node -> new VhostVsock(node, kernel));
    }

    private VhostKernelBackend net() {
        return backend(node -> new VhostNet(node, kernel, tap.fd()));
    }

    /** A device without a word about its features stands in for virtio-net, too: what counts is the kernel's share. */
    private VhostKernelBackend backend(java.util.function.Function<Fd, VhostRings> rings) {
        ThreadBackend device = new ThreadBackend(new VsockDevice(42));
        Fd node = EventFd.create("node").fd();
        VhostKernelBackend backend =
                VhostKernelBackend.of(device, device.loopOf(2), List.of(node), i -> rings.apply(node));
        open.add(0, backend);
        backend.listen(host);
        backend.setMemory(memory);
        kernel.calls.clear();
        return backend;
    }

    private DriverQueue ring(int queue) {
        return new DriverQueue(memory, 0x1000L + 0x1000 * queue, 16);
    }

    /** With a ring on which five chains have come and gone. */
    private void start(VhostKernelBackend backend, int queue) {
        DriverQueue ring = ring(queue);
        ring.setAvailableIndex(5);
        backend.startQueue(queue, ring.vring(5), kick, call);
    }

    @Test
    void ownsTheDeviceAndSharesTheMemoryBeforeAnythingElse() {
        ThreadBackend device = new ThreadBackend(new VsockDevice(42));
        Fd node = EventFd.create("node").fd();
        try (VhostKernelBackend backend =
                VhostKernelBackend.of(device, device.loopOf(2), List.of(node), i -> new VhostVsock(node, kernel))) {
            backend.listen(host);
            backend.setMemory(memory);
        }
        assertThat(kernel.calls).containsExactly("SET_OWNER", "GET_FEATURES", "SET_MEM_TABLE 1");
        assertThat(node.isOpen()).as("the node when the back-end is closed").isFalse();
    }

    @Test
    void offersWhatDeviceAndKernelBothHave() {
        kernel.features = Feature.VERSION_1 | Feature.EVENT_IDX | LOG_ALL | ANY_LAYOUT | ACCESS_PLATFORM;
        VhostKernelBackend backend = vsock();
        assertThat(backend.features()).isEqualTo(Feature.VERSION_1 | Feature.EVENT_IDX);
        backend.acceptFeatures(Feature.VERSION_1 | Feature.EVENT_IDX);
        assertThat(kernel.calls).containsExactly("SET_FEATURES 0x120000000");
    }

    @Test
    void offersPacketsWithBordersWhereTheKernelHasThem() {
        kernel.features = Feature.VERSION_1 | SEQPACKET;
        assertThat(vsock().features()).isEqualTo(Feature.VERSION_1 | SEQPACKET);
    }

    @Test
    void tellsTheKernelOnlyOfFeaturesThatAreItsBusiness() {
        VhostKernelBackend backend = net();
        backend.acceptFeatures(Feature.VERSION_1 | MRG_RXBUF | SEQPACKET);
        assertThat(kernel.calls).as("bit 1 is GUEST_CSUM, the tap's").containsExactly("SET_FEATURES 0x100008000");
    }

    @Test
    void refusesAKernelWithoutVersionOne() {
        kernel.features = Feature.EVENT_IDX;
        assertThatThrownBy(this::vsock)
                .isInstanceOf(VmmException.class)
                .hasMessageContaining("VIRTIO_F_VERSION_1")
                .hasMessageContaining("Linux 3.19");
    }

    @Test
    void setsVsockRunningWhenBothQueuesAreThere() {
        VhostKernelBackend backend = vsock();
        start(backend, 0);
        assertThat(kernel.calls)
                .containsExactly(
                        "SET_VRING_NUM 0 16",
                        "SET_VRING_BASE 0 5",
                        "SET_VRING_ADDR 0",
                        "SET_VRING_CALL 0",
                        "SET_VRING_ERR 0",
                        "SET_VRING_KICK 0");
        assertThat(kick.isSignalled()).isFalse();
        kernel.calls.clear();
        start(backend, 1);
        assertThat(kernel.calls).endsWith("SET_VRING_KICK 1", "VSOCK_SET_RUNNING 1");
        assertThat(kick.drain()).as("kicks that came before are repeated").isEqualTo(2);
    }

    @Test
    void translatesTheRingsAddresses() {
        DriverQueue ring = ring(0);
        start(vsock(), 0);
        assertThat(kernel.guest(kernel.rings[0].descriptors)).isEqualTo(ring.descriptors);
        assertThat(kernel.guest(kernel.rings[0].available)).isEqualTo(ring.available);
        assertThat(kernel.guest(kernel.rings[0].used)).isEqualTo(ring.used);
        assertThat(kernel.rings[0].kick).isEqualTo(kick.fd().number());
        assertThat(kernel.rings[0].call).isEqualTo(call.fd().number());
    }

    @Test
    void stopsVsockOnceAndAsksEachQueueHowFarItGot() {
        VhostKernelBackend backend = vsock();
        start(backend, 0);
        start(backend, 1);
        kernel.rings[0].base = 70;
        kernel.rings[1].base = 90;
        kernel.calls.clear();
        assertThat(backend.stopQueue(0)).isEqualTo(70);
        assertThat(backend.stopQueue(1)).isEqualTo(90);
        assertThat(kernel.calls)
                .containsExactly(
                        "VSOCK_SET_RUNNING 0",
                        "GET_VRING_BASE 0 70",
                        "SET_VRING_KICK 0 none",
                        "SET_VRING_CALL 0 none",
                        "SET_VRING_ERR 0 none",
                        "GET_VRING_BASE 1 90",
                        "SET_VRING_KICK 1 none",
                        "SET_VRING_CALL 1 none",
                        "SET_VRING_ERR 1 none");
        assertThat(backend.stopQueue(0)).as("of a queue that has stopped").isZero();
    }

    @Test
    void runsVsockAgainAfterOneQueueWasReset() {
        VhostKernelBackend backend = vsock();
        start(backend, 0);
        start(backend, 1);
        backend.stopQueue(1);
        kernel.calls.clear();
        start(backend, 1);
        assertThat(kernel.calls).endsWith("VSOCK_SET_RUNNING 1");
        assertThat(kernel.rings[0].backed).isTrue();
    }

    @Test
    void givesEachQueueOfANetworkItsTapAndTakesItAway() {
        VhostKernelBackend backend = net();
        start(backend, 1);
        assertThat(kernel.calls).endsWith("SET_VRING_KICK 1", "NET_SET_BACKEND 1");
        assertThat(kick.drain()).isEqualTo(1);
        kernel.calls.clear();
        kernel.rings[1].base = 3;
        assertThat(backend.stopQueue(1)).isEqualTo(3);
        assertThat(kernel.calls).startsWith("NET_SET_BACKEND 1 none", "GET_VRING_BASE 1 3");
    }

    @Test
    void keepsTheControlQueueOfADriverThatKnowsOnePairOnly() {
        FakeVhost second = new FakeVhost(null);
        ThreadBackend device = new ThreadBackend(new VsockDevice(42));
        List<Fd> nodes =
                List.of(EventFd.create("node 0").fd(), EventFd.create("node 1").fd());
        VhostKernelBackend backend = VhostKernelBackend.of(
                device, device.loopOf(2), nodes, i -> new VhostNet(nodes.get(i), i == 0 ? kernel : second, tap.fd()));
        open.add(0, backend);
        backend.listen(host);
        backend.setMemory(memory);
        second.calls.clear();
        backend.acceptFeatures(Feature.VERSION_1);
        start(backend, 2);
        assertThat(second.calls).containsExactly("SET_FEATURES 0x100000000");
        assertThat(backend.stopQueue(2)).isEqualTo(5);
        backend.acceptFeatures(Feature.VERSION_1 | NET_F_MQ);
        start(backend, 2);
        assertThat(second.calls).endsWith("SET_VRING_KICK 0", "NET_SET_BACKEND 0");
        assertThat(host.failures).isEmpty();
    }

    @Test
    void servesTheEventQueueItself() {
        VhostKernelBackend backend = vsock();
        backend.acceptFeatures(Feature.VERSION_1);
        kernel.calls.clear();
        start(backend, 2);
        assertThat(backend.stopQueue(2)).isEqualTo(5);
        assertThat(kernel.calls).isEmpty();
        assertThat(backend.readConfig(0, 8)).isEqualTo(42);
    }

    @Test
    void resetStopsWhatRunsInTheKernel() {
        VhostKernelBackend backend = vsock();
        start(backend, 0);
        start(backend, 1);
        kernel.calls.clear();
        backend.reset();
        assertThat(kernel.calls).startsWith("VSOCK_SET_RUNNING 0").contains("SET_VRING_KICK 1 none");
        kernel.calls.clear();
        backend.reset();
        assertThat(kernel.calls).as("of the second reset").isEmpty();
    }

    @Test
    void tellsOfAQueueTheKernelCannotGoOnWithOncePerStart() throws InterruptedException {
        VhostKernelBackend backend = net();
        for (int round = 0; round < 2; round++) {
            start(backend, 1);
            try (Fd error = Fd.owning(kernel.rings[1].error, "error").duplicate()) {
                EventFd complaint = EventFd.owning(error);
                complaint.signal();
                assertThat(host.awaitFailure()).contains("queue 1").contains("driver");
                complaint.signal();
            }
            backend.stopQueue(1);
            assertThat(host.failures).hasSize(1);
            host.failures.clear();
        }
    }

    @Test
    void reportsWhatTheKernelRefuses() {
        VhostKernelBackend backend = net();
        kernel.failAt = "NET_SET_BACKEND";
        start(backend, 0);
        assertThat(host.failures).singleElement().asString().contains("queue 0", "VHOST_NET_SET_BACKEND", "EFAULT");
    }

    @Test
    void neverTellsTheKernelOfARingOutsideGuestMemory() {
        VhostKernelBackend backend = vsock();
        backend.startQueue(0, new Vring(16, 0x1000, 0x2000, 0x7f00_0000_0000L, 0), kick, call);
        backend.startQueue(1, new Vring(16, 0x1000, 0x2001, 0x3000, 0), kick, call);
        assertThat(host.failures).hasSize(2).allSatisfy(f -> assertThat(f).contains("the guest's driver"));
        assertThat(kernel.calls).isEmpty();
    }

    @Test
    void followsACallThatWasReplaced() {
        VhostKernelBackend backend = vsock();
        start(backend, 1);
        EventFd other = EventFd.create("other call");
        open.add(other);
        backend.callReplaced(1, other);
        assertThat(kernel.calls).endsWith("SET_VRING_CALL 1");
        assertThat(kernel.rings[1].call).isEqualTo(other.fd().number());
    }

    @Test
    void claimsTheContextId() {
        VhostVsock.claim(kernel, 0xffff_fffeL);
        assertThat(kernel.calls).containsExactly("VSOCK_SET_GUEST_CID 4294967294");
    }

    @Test
    void namesTheContextIdThatAnotherMachineHas() {
        kernel.failAt = "VSOCK_SET_GUEST_CID";
        kernel.errno = Errno.EADDRINUSE;
        assertThatThrownBy(() -> VhostVsock.claim(kernel, 7))
                .hasMessageContaining("vsock.cid: 7 belongs to another running machine")
                .hasMessageContaining("EADDRINUSE")
                .hasMessageContaining("another cid");
    }

    @Test
    void choosesAFreeContextIdAboveThoseThatPeopleWrite() {
        kernel.failAt = "VSOCK_SET_GUEST_CID";
        kernel.errno = Errno.EADDRINUSE;
        kernel.failures = 3;
        long cid = VhostVsock.freeCid(kernel);
        assertThat(cid).isBetween(0x1_0000L, 0x7fff_fffeL);
        assertThat(kernel.calls).containsExactly("VSOCK_SET_GUEST_CID " + cid);
        assertThat(VhostVsock.freeCid(kernel)).isNotEqualTo(cid);
    }

    @Test
    void doesNotTryContextIdsForEver() {
        kernel.failAt = "VSOCK_SET_GUEST_CID";
        kernel.errno = Errno.EADDRINUSE;
        assertThatThrownBy(() -> VhostVsock.freeCid(kernel)).hasMessageContaining("EADDRINUSE");
    }

    @Test
    void saysHowToGetAMissingNode() {
        assertThatThrownBy(() -> VhostNode.VSOCK.open("/nowhere/vhost-vsock"))
                .hasMessage(
                        "/nowhere/vhost-vsock: open: ENOENT (no such file or directory). Load the kernel's module for"
                                + " it: sudo modprobe vhost_vsock");
    }
}
