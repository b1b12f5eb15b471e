package crosvm.vmm.device.net;

import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.in;
import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.out;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import crosvm.schema.model.MacAddress;
import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.virtio.QueueBench;
import crosvm.vmm.virtio.queue.QueueBroken;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How often a driver hears of frames, counted. Its rings have no EVENT_IDX, so it hears of all that it could hear of. */
class FrameBatchesTest {
    private static final int RECEIVE = 0;
    private static final int TRANSMIT = 1;
    private static final long DATA = 0x10000;
    private static final int ROOM = 2048;
    private static final int SIZE = 128;
    private static final int BYTES = Frame.HEADER + 60;
    private static final MacAddress MAC = MacAddress.parse("52:54:00:12:34:56");

    private final GuestMemory memory = GuestMemory.allocate(4 << 20);
    private final FrameSocket host = FrameSocket.seqpacket();
    private final FrameSocket stream = FrameSocket.stream();

    @AfterEach
    void close() {
        host.close();
        stream.close();
        memory.close();
    }

    private NetDevice onTap() {
        return NetDevice.onTap("lan", MAC, List.of(host.takeDeviceEnd()), 1500);
    }

    private NetDevice onStream() {
        return NetDevice.onStream("lan", MAC, stream.takeDeviceEnd());
    }

    private QueueBench bench(NetDevice card, int queue) throws QueueBroken {
        QueueBench bench = new QueueBench(card, queue, memory, 0x1000, SIZE, 0);
        bench.handle();
        bench.call.drain();
        return bench;
    }

    private static void offer(QueueBench bench, int count, boolean transmits) {
        for (int i = 0; i < count; i++) {
            long at = DATA + (long) ROOM * i;
            bench.driver.offer(transmits ? out(at, BYTES) : in(at, ROOM));
        }
    }

    private void sends(NetDevice card) throws QueueBroken {
        try (QueueBench bench = bench(card, TRANSMIT)) {
            offer(bench, 20, true);
            bench.ring.beginBatch();
            card.handleQueue(TRANSMIT, bench.ring);
            assertThat(bench.driver.usedIndex()).as("before the batch is over").isZero();
            bench.ring.notifyDriver();
            assertThat(bench.driver.usedIndex()).isEqualTo(20);
            assertThat(bench.call.drain()).as("interrupts for 20 frames").isEqualTo(1);
            offer(bench, 100, true);
            bench.handle();
            assertThat(bench.driver.usedIndex()).isEqualTo(120);
            assertThat(bench.call.drain()).as("interrupts for 100 frames").isEqualTo(4);
            offer(bench, 1, true);
            bench.handle();
            assertThat(bench.driver.usedIndex()).isEqualTo(121);
            assertThat(bench.call.drain()).as("for one alone").isEqualTo(1);
            assertThat(bench.timers).as("what it would have had to wait for").isEmpty();
        }
    }

    @Test
    void givesBackWhatHasBeenSentOnATapInBatches() throws QueueBroken {
        sends(onTap());
    }

    @Test
    void givesBackWhatHasBeenSentToPasstInBatches() throws QueueBroken {
        sends(onStream());
    }

    private void receives(NetDevice card, Runnable frame) throws QueueBroken {
        try (QueueBench bench = bench(card, RECEIVE)) {
            for (int i = 0; i < 20; i++) {
                frame.run();
            }
            offer(bench, 100, false);
            bench.ring.beginBatch();
            card.handleQueue(RECEIVE, bench.ring);
            assertThat(bench.driver.usedIndex()).as("before the batch is over").isZero();
            bench.ring.notifyDriver();
            assertThat(bench.driver.usedIndex()).isEqualTo(20);
            assertThat(bench.call.drain()).as("interrupts for 20 frames").isEqualTo(1);
            frame.run();
            bench.serveWatches();
            assertThat(bench.driver.usedIndex()).isEqualTo(21);
            assertThat(bench.call.drain()).as("for one alone").isEqualTo(1);
            assertThat(bench.timers).as("what it would have had to wait for").isEmpty();
        }
    }

    @Test
    void deliversWhatComesFromATapInBatches() throws QueueBroken {
        receives(onTap(), () -> assertThat(host.send(new byte[BYTES])).isTrue());
    }

    @Test
    void deliversWhatComesFromPasstInBatches() throws QueueBroken {
        receives(onStream(), () -> assertThat(stream.sendFramed(new byte[60])).isTrue());
    }

    @Test
    void sendsAndReceivesWithoutAllocating() throws QueueBroken {
        NetDevice card = onTap();
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        byte[] frame = new byte[BYTES];
        try (QueueBench receive = bench(card, RECEIVE)) {
            QueueBench transmit = new QueueBench(card, TRANSMIT, memory, 0x8000, SIZE, 0);
            long allocated = 0;
            for (int round = 0; round < 600; round++) {
                offer(receive, 10, false);
                offer(transmit, 10, true);
                for (int i = 0; i < 10; i++) {
                    host.send(frame);
                }
                long before = threads.getCurrentThreadAllocatedBytes();
                card.handleQueue(RECEIVE, receive.ring);
                receive.ring.notifyDriver();
                card.handleQueue(TRANSMIT, transmit.ring);
                transmit.ring.notifyDriver();
                long after = threads.getCurrentThreadAllocatedBytes();
                receive.ring.beginBatch();
                transmit.ring.beginBatch();
                allocated += round < 100 ? 0 : after - before;
                for (int i = 0; i < 10; i++) {
                    assertThat(host.receive()).isNotNull();
                }
            }
            assertThat(receive.driver.usedIndex()).isEqualTo(6000);
            assertThat(transmit.driver.usedIndex()).isEqualTo(6000);
            assertThat(allocated / 10_000.0).as("bytes a frame").isLessThan(1);
            transmit.call.close();
        }
    }
}
