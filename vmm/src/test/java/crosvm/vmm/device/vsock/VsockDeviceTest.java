package crosvm.vmm.device.vsock;

import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.in;
import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.out;
import static org.assertj.core.api.Assertions.assertThat;

import crosvm.vmm.event.EventFd;
import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.virtio.Feature;
import crosvm.vmm.virtio.RecordedHost;
import crosvm.vmm.virtio.host.ThreadBackend;
import crosvm.vmm.virtio.queue.DriverQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The part of vsock that is ours: who the guest is, and the event that its connections are gone. */
@Timeout(120)
class VsockDeviceTest {
    private static final long BUFFER = 0x8000;
    private static final int EVENT_QUEUE = 2;

    private final GuestMemory memory = GuestMemory.allocate(1 << 20);
    private final EventFd kick = EventFd.create("kick");
    private final EventFd call = EventFd.create("call");
    private final ThreadBackend backend = new ThreadBackend(new VsockDevice(0x1_2345L));
    private final RecordedHost host = new RecordedHost();
    private DriverQueue ring;

    @BeforeEach
    void opens() {
        backend.listen(host);
        backend.setMemory(memory);
        backend.acceptFeatures(Feature.VERSION_1);
        memory.putU32(BUFFER, 0xffff_ffff);
    }

    @AfterEach
    void closes() {
        backend.close();
        memory.close();
        kick.close();
        call.close();
    }

    private void start(int lastAvailable) {
        ring = new DriverQueue(memory, 0x1000, 16);
        ring.setAvailableIndex(lastAvailable);
        backend.startQueue(EVENT_QUEUE, ring.vring(lastAvailable), kick, call);
    }

    private void expectReset() {
        ring.offer(in(BUFFER, 8));
        kick.signal();
        assertThat(ring.awaitUsed()).isEqualTo(4);
        assertThat(memory.u32(BUFFER)).as("VIRTIO_VSOCK_EVENT_TRANSPORT_RESET").isZero();
    }

    private void expectNothing() {
        ring.offer(in(BUFFER, 8));
        kick.signal();
        assertThat(backend.stopQueue(EVENT_QUEUE))
                .as("no buffer has been taken")
                .isEqualTo(ring.usedIndex());
        assertThat(memory.u32(BUFFER)).isEqualTo(0xffff_ffff);
    }

    @Test
    void tellsTheGuestItsContextId() {
        assertThat(backend.configSize()).isEqualTo(8);
        assertThat(backend.readConfig(0, 8)).isEqualTo(0x1_2345L);
        assertThat(backend.readConfig(4, 4)).isZero();
    }

    @Test
    void saysNothingToADriverThatHasJustCome() {
        backend.reset();
        start(0);
        expectNothing();
    }

    @Test
    void tellsADriverThatComesBackAfterAResetThatItsConnectionsAreGone() {
        start(0);
        backend.reset();
        start(0);
        expectReset();
        expectOnce();
    }

    private void expectOnce() {
        memory.putU32(BUFFER, 0xffff_ffff);
        ring.offer(in(BUFFER, 8));
        kick.signal();
        assertThat(backend.stopQueue(EVENT_QUEUE)).isEqualTo(ring.usedIndex());
    }

    @Test
    void tellsADriverThatKnewAnotherProcess() {
        start(9);
        ring.offer(in(BUFFER, 8));
        kick.signal();
        for (int i = 0; i < 30000 && ring.usedIndex() == 0; i++) {
            sleep();
        }
        assertThat(memory.u32(BUFFER)).isZero();
    }

    private static void sleep() {
        try {
            Thread.sleep(1);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void passesByBuffersThatHoldNoEvent() {
        start(0);
        backend.reset();
        start(0);
        ring.offer(in(BUFFER, 3));
        kick.signal();
        assertThat(ring.awaitUsed()).isZero();
        ring.offer(out(BUFFER, 8));
        kick.signal();
        assertThat(ring.awaitUsed()).isZero();
        expectReset();
        assertThat(host.failures).isEmpty();
    }
}
