package crosvm.vmm.virtio;

import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.in;
import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.out;
import static org.assertj.core.api.Assertions.assertThat;

import crosvm.vmm.event.EventFd;
import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.virtio.queue.DriverQueue;
import crosvm.vmm.virtio.queue.Vring;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What every transport may rely on, wherever the device runs. */
@Timeout(120)
public abstract class VirtioBackendContract {
    private static final long SOURCE = 0x10000;
    private static final long TARGET = 0x11000;

    protected final GuestMemory memory = GuestMemory.allocate(4 << 20);
    protected final EchoDevice device = new EchoDevice();
    protected final RecordedHost host = new RecordedHost();
    private final EventFd kick = EventFd.create("kick");
    private final EventFd call = EventFd.create("call");
    protected VirtioBackend backend;
    private DriverQueue ring;

    /** Hosts the device in the way under test. */
    protected abstract VirtioBackend host(VirtioDevice hosted);

    /** After the back-end has been closed: frees what {@link #host} made. */
    protected void tearDown() throws Exception {}

    @BeforeEach
    void opens() {
        backend = host(device);
        backend.listen(host);
        backend.setMemory(memory);
        ring = new DriverQueue(memory, 0x1000, 16);
    }

    @AfterEach
    void closes() throws Exception {
        backend.close();
        tearDown();
        assertThat(device.closed).isTrue();
        memory.close();
        kick.close();
        call.close();
    }

    private void accept(long features) {
        backend.acceptFeatures(features | Feature.VERSION_1);
    }

    private void offer(int value) {
        memory.putU8(SOURCE, value);
        ring.offer(out(SOURCE, 1), in(TARGET, 1));
    }

    private void expectEcho(int value) {
        assertThat(ring.awaitUsed()).isEqualTo(1);
        assertThat(memory.u8(TARGET)).isEqualTo(value + 1);
    }

    private void echo(int value) {
        offer(value);
        kick.signal();
        expectEcho(value);
    }

    @Test
    void saysWhatTheDeviceIs() {
        assertThat(backend.type()).isEqualTo(DeviceType.CONSOLE);
        assertThat(backend.name()).isEqualTo("echo");
        assertThat(backend.queueCount()).isEqualTo(2);
        assertThat(backend.queueSize(0)).isEqualTo(256);
        assertThat(backend.configSize()).isEqualTo(EchoDevice.CONFIG_SIZE);
    }

    @Test
    void offersTheDevicesFeaturesAndTheRings() {
        assertThat(backend.features())
                .isEqualTo(EchoDevice.OWN_FEATURE | Feature.VERSION_1 | Feature.EVENT_IDX | Feature.INDIRECT_DESC);
    }

    @Test
    void tellsTheDeviceWhatTheDriverAccepted() {
        accept(EchoDevice.OWN_FEATURE);
        assertThat(device.calls).containsExactly("negotiated 0x100000080");
    }

    @Test
    void readsConfigurationInEveryWidth() {
        assertThat(backend.readConfig(0, 1)).isEqualTo(0x10);
        assertThat(backend.readConfig(2, 2)).isEqualTo(0x1312);
        assertThat(backend.readConfig(4, 4)).isEqualTo(0x17161514);
        assertThat(backend.readConfig(8, 8)).isEqualTo(0x1f1e1d1c1b1a1918L);
        assertThat(backend.readConfig(19, 1)).isEqualTo(0x23);
    }

    @Test
    void writesConfigurationThatReadsBack() {
        backend.writeConfig(4, 4, 0xcafe_babeL);
        backend.writeConfig(19, 1, 0x77);
        assertThat(backend.readConfig(4, 4) & 0xffff_ffffL).isEqualTo(0xcafe_babeL);
        assertThat(device.config.get(19, 1)).isEqualTo(0x77);
        assertThat(backend.readConfig(8, 1)).isEqualTo(0x18);
    }

    @Test
    void announcesAChangeOfTheConfiguration() throws InterruptedException {
        assertThat(backend.readConfig(0, 4)).isEqualTo(0x13121110);
        device.config.put(0, 4, 0x55667788);
        device.host.configChanged();
        host.awaitConfigChange();
        assertThat(backend.readConfig(0, 4)).isEqualTo(0x55667788);
    }

    @Test
    void servesARequestAndCalls() {
        accept(0);
        backend.startQueue(0, ring.vring(), kick, call);
        echo(41);
        assertThat(call.await(5000)).isPositive();
    }

    @Test
    void servesWhatWasThereBeforeTheQueueStarted() {
        accept(0);
        offer(7);
        backend.startQueue(0, ring.vring(), kick, call);
        expectEcho(7);
    }

    @Test
    void servesAThousandRequestsWithEventIndex() {
        accept(Feature.EVENT_IDX);
        backend.startQueue(0, ring.vring(), kick, call);
        for (int i = 0; i < 1000; i++) {
            ring.setUsedEvent(i);
            echo(i & 0x7f);
            assertThat(call.await(5000)).isPositive();
        }
    }

    @Test
    void servesIndirectChainsOnceNegotiated() {
        accept(Feature.INDIRECT_DESC);
        backend.startQueue(0, ring.vring(), kick, call);
        memory.putU8(SOURCE, 3);
        ring.offerIndirect(0x20000, out(SOURCE, 1), in(TARGET, 1));
        kick.signal();
        expectEcho(3);
    }

    @Test
    void refusesIndirectChainsThatWereNotNegotiated() throws InterruptedException {
        accept(0);
        backend.startQueue(0, ring.vring(), kick, call);
        ring.offerIndirect(0x20000, out(SOURCE, 1), in(TARGET, 1));
        kick.signal();
        host.awaitFailure();
        assertThat(ring.usedIndex()).isZero();
    }

    @Test
    void queuesRunIndependently() {
        accept(0);
        EventFd otherKick = EventFd.create("other kick");
        EventFd otherCall = EventFd.create("other call");
        DriverQueue other = new DriverQueue(memory, 0x3000, 64);
        backend.startQueue(0, ring.vring(), kick, call);
        backend.startQueue(1, other.vring(), otherKick, otherCall);
        other.offer(out(SOURCE, 1), in(TARGET + 8, 1));
        otherKick.signal();
        assertThat(other.awaitUsed()).isEqualTo(1);
        assertThat(otherCall.await(5000)).isPositive();
        assertThat(call.isSignalled()).isFalse();
        backend.stopQueue(0);
        other.offer(out(SOURCE, 1), in(TARGET + 8, 1));
        otherKick.signal();
        assertThat(other.awaitUsed()).isEqualTo(1);
        backend.stopQueue(1);
        otherKick.close();
        otherCall.close();
    }

    @Test
    void leavesAStoppedQueueAloneAndGoesOnWhereItWas() throws InterruptedException {
        accept(0);
        backend.startQueue(0, ring.vring(), kick, call);
        for (int i = 0; i < 20; i++) {
            echo(i);
        }
        call.drain();
        int next = backend.stopQueue(0);
        assertThat(next).isEqualTo(20);
        offer(50);
        kick.signal();
        Thread.sleep(20);
        assertThat(ring.usedIndex()).isEqualTo(20);
        assertThat(call.isSignalled()).isFalse();
        backend.startQueue(0, ring.vring(next), kick, call);
        expectEcho(50);
        echo(51);
    }

    @Test
    void answersZeroForAQueueThatWasNotStarted() {
        assertThat(backend.stopQueue(1)).isZero();
    }

    @Test
    void goesThroughResetAndNegotiatesAnew() {
        for (int round = 0; round < 5; round++) {
            device.calls.clear();
            accept(round % 2 == 0 ? Feature.EVENT_IDX : EchoDevice.OWN_FEATURE);
            backend.startQueue(0, ring.vring(), kick, call);
            echo(round);
            backend.reset();
            assertThat(device.calls)
                    .containsExactly(
                            "negotiated 0x" + (round % 2 == 0 ? "120000000" : "100000080"),
                            "started 0",
                            "stopped 0",
                            "reset");
            ring = new DriverQueue(memory, 0x1000, 16);
        }
        assertThat(host.failures).isEmpty();
    }

    @Test
    void reportsARingThatLiesOutsideMemory() throws InterruptedException {
        accept(0);
        backend.startQueue(0, new Vring(16, 0x1000, 64 << 20, 0x3000, 0), kick, call);
        assertThat(host.awaitFailure()).contains("queue 0");
        backend.reset();
        accept(0);
        backend.startQueue(0, ring.vring(), kick, call);
        echo(1);
    }

    @Test
    void reportsARingThatEndsOutsideMemory() throws InterruptedException {
        accept(0);
        backend.startQueue(0, new Vring(16, 0x1000, 0x2000, (4 << 20) - 64, 0), kick, call);
        assertThat(host.awaitFailure()).contains("queue 0");
    }

    @Test
    void reportsAMisalignedRing() throws InterruptedException {
        accept(0);
        backend.startQueue(0, new Vring(16, 0x1008, 0x2000, 0x3000, 0), kick, call);
        assertThat(host.awaitFailure()).contains("queue 0");
    }

    @Test
    void reportsABrokenRingAndWorksAgainAfterReset() throws InterruptedException {
        for (int round = 0; round < 3; round++) {
            accept(0);
            backend.startQueue(0, ring.vring(), kick, call);
            echo(1);
            ring.setAvailableIndex(1000);
            kick.signal();
            host.awaitFailure();
            host.failures.clear();
            backend.reset();
            ring = new DriverQueue(memory, 0x1000, 16);
        }
    }

    @Test
    void followsTheMemoryWhenItChanges() {
        accept(0);
        backend.startQueue(0, ring.vring(), kick, call);
        echo(1);
        backend.stopQueue(0);
        try (GuestMemory other = GuestMemory.allocate(8 << 20)) {
            backend.setMemory(other);
            DriverQueue there = new DriverQueue(other, 5 << 20, 16);
            backend.startQueue(0, there.vring(), kick, call);
            other.putU8(6 << 20, 9);
            there.offer(out(6 << 20, 1), in((6 << 20) + 1, 1));
            kick.signal();
            assertThat(there.awaitUsed()).isEqualTo(1);
            assertThat(other.u8((6 << 20) + 1)).isEqualTo(10);
            backend.stopQueue(0);
            backend.setMemory(memory);
        }
    }
}
