package crosvm.vmm.device.balloon;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.vmm.event.EventFd;
import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.virtio.Feature;
import crosvm.vmm.virtio.RecordedHost;
import crosvm.vmm.virtio.host.ThreadBackend;
import crosvm.vmm.virtio.queue.DriverQueue;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;

/** A balloon with its driver's side. */
abstract class BalloonFixture {
    static final int MIB = 1 << 20;
    static final int PAGE = 4096;
    static final int NEVER = 3_600_000;
    static final long LIST = 0x10000;
    static final long ALL = BalloonDevice.F_STATS_VQ | BalloonDevice.F_PAGE_REPORTING;

    final GuestMemory memory = GuestMemory.allocate(16 * MIB);
    final EventFd kick = EventFd.create("kick");
    final EventFd call = EventFd.create("call");
    final RecordedHost host = new RecordedHost();
    final List<String> runs = Collections.synchronizedList(new ArrayList<>());
    ThreadBackend backend;
    BalloonDevice device;

    /** A device that writes down what it gives back. */
    BalloonDevice recording(int answerMilliseconds) {
        return new BalloonDevice(
                memory.size(),
                true,
                true,
                (guest, address, length) -> {
                    runs.add("0x" + Long.toHexString(address) + "+" + length / PAGE);
                    return 0;
                },
                answerMilliseconds);
    }

    void host(BalloonDevice balloon, long features) {
        device = balloon;
        backend = new ThreadBackend(balloon);
        backend.listen(host);
        backend.setMemory(memory);
        backend.acceptFeatures(features | Feature.VERSION_1);
    }

    @AfterEach
    void closes() {
        if (backend != null) {
            backend.close();
        }
        memory.close();
        kick.close();
        call.close();
    }

    DriverQueue start(int queue) {
        return start(queue, new DriverQueue(memory, 0x1000L + 0x1000 * queue, 16));
    }

    /** Starts a queue and returns when what it holds already has been handled. */
    DriverQueue start(int queue, DriverQueue ring) {
        backend.startQueue(queue, ring.vring(), kick, call);
        backend.loopOf(queue).call(() -> {});
        return ring;
    }

    void offer(DriverQueue ring, DriverQueue.Buffer... buffers) {
        ring.offer(buffers);
        kick.signal();
        assertThat(ring.awaitUsed()).isZero();
    }
}
