package crosvm.vmm.device.net;

import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.in;
import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.out;
import static org.assertj.core.api.Assertions.assertThat;

import crosvm.schema.model.MacAddress;
import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.virtio.QueueBench;
import crosvm.vmm.virtio.queue.QueueBroken;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A card on passt's stream: frames behind their lengths, cut by the stream wherever it likes. */
class StreamTest {
    private static final int RECEIVE = 0;
    private static final int TRANSMIT = 1;
    private static final long RING = 0x1000;
    private static final long DATA = 0x10000;

    private final GuestMemory memory = GuestMemory.allocate(4 << 20);
    private final FrameSocket passt = FrameSocket.stream();
    private final NetDevice card = NetDevice.onStream("user", new MacAddress(2), passt.takeDeviceEnd());

    @AfterEach
    void close() {
        passt.close();
        memory.close();
    }

    private QueueBench bench(int queue, long features) throws QueueBroken {
        return new QueueBench(card, queue, memory, RING, 64, features);
    }

    private static byte[] frame(int bytes) {
        byte[] frame = new byte[bytes];
        new Random(bytes).nextBytes(frame);
        return frame;
    }

    private byte[] guestBytes(long at, int length) {
        byte[] bytes = new byte[length];
        memory.read(at, bytes, 0, length);
        return bytes;
    }

    private void assertReceived(long at, byte[] frame, int buffers) {
        byte[] header = new byte[Frame.HEADER];
        header[Frame.NUM_BUFFERS] = (byte) buffers;
        assertThat(guestBytes(at, Frame.HEADER)).isEqualTo(header);
        assertThat(guestBytes(at + Frame.HEADER, frame.length)).isEqualTo(frame);
    }

    @Test
    void bringsInFramesThatArriveByteByByte() throws QueueBroken {
        try (QueueBench bench = bench(RECEIVE, NetFeature.MRG_RXBUF)) {
            bench.driver.offer(in(DATA, 2000));
            bench.driver.offer(in(DATA + 2000, 2000));
            bench.handle();
            byte[] first = frame(60);
            byte[] second = frame(61);
            byte[] bytes = ByteBuffer.allocate(8 + 121)
                    .putInt(60)
                    .put(first)
                    .putInt(61)
                    .put(second)
                    .array();
            for (byte each : bytes) {
                passt.send(new byte[] {each});
                bench.serveWatches();
            }
            assertThat(bench.driver.usedIndex()).isEqualTo(2);
            assertReceived(DATA, first, 1);
            assertReceived(DATA + 2000, second, 1);
        }
    }

    @Test
    void bringsInManyFramesAtOnceAndLargeOnesOverSeveralBuffers() throws QueueBroken {
        try (QueueBench bench = bench(RECEIVE, NetFeature.MRG_RXBUF)) {
            passt.sendFramed(frame(14));
            passt.sendFramed(frame(50_000));
            passt.sendFramed(frame(1514));
            for (int i = 0; i < 20; i++) {
                bench.driver.offer(in(DATA + 4096L * i, 4096));
            }
            bench.handle();
            assertThat(bench.driver.usedIndex()).isEqualTo(1 + 13 + 1);
            assertReceived(DATA, frame(14), 1);
            assertReceived(DATA + 4096, frame(50_000), 13);
            assertReceived(DATA + 14 * 4096, frame(1514), 1);
        }
    }

    @Test
    void dropsWhatDoesNotFitIntoOneBufferWhenFramesMayNotBeSpread() throws QueueBroken {
        try (QueueBench bench = bench(RECEIVE, 0)) {
            passt.sendFramed(frame(3000));
            passt.sendFramed(frame(1000));
            bench.driver.offer(in(DATA, 1526));
            bench.handle();
            assertThat(bench.driver.usedIndex()).isEqualTo(1);
            assertReceived(DATA, frame(1000), 1);
        }
    }

    @Test
    void losesNoBoundaryWhenAQueueStopsInTheMiddleOfAFrame() throws QueueBroken {
        byte[] bytes = ByteBuffer.allocate(104).putInt(100).put(frame(100)).array();
        try (QueueBench bench = bench(RECEIVE, NetFeature.MRG_RXBUF)) {
            bench.driver.offer(in(DATA, 2000));
            passt.send(Arrays.copyOf(bytes, 50));
            bench.handle();
            bench.stop();
            assertThat(bench.ring.nextAvailable())
                    .as("the buffer stays the driver's")
                    .isZero();
            QueueBench again = bench(RECEIVE, NetFeature.MRG_RXBUF);
            again.driver.offer(in(DATA, 2000));
            passt.send(Arrays.copyOfRange(bytes, 50, bytes.length));
            passt.sendFramed(frame(77));
            again.handle();
            assertThat(again.driver.usedIndex()).isEqualTo(1);
            assertReceived(DATA, frame(77), 1);
            again.call.close();
        }
    }

    @Test
    void sendsFramesBehindTheirLengthsWithoutTheHeader() throws QueueBroken {
        try (QueueBench bench = bench(TRANSMIT, 0)) {
            byte[] frame = frame(600);
            memory.write(DATA + Frame.HEADER, frame, 0, frame.length);
            bench.driver.offer(out(DATA, 5), out(DATA + 5, 607));
            bench.driver.offer(out(DATA, 3));
            bench.handle();
            assertThat(passt.receive())
                    .isEqualTo(ByteBuffer.allocate(604).putInt(600).put(frame).array());
            assertThat(bench.driver.usedIndex()).isEqualTo(2);
        }
    }

    @Test
    void keepsTheStreamWholeWhenPasstDoesNotRead() throws QueueBroken {
        int count = 60;
        int length = 20_000;
        ByteArrayOutputStream got = new ByteArrayOutputStream();
        try (QueueBench bench = bench(TRANSMIT, 0)) {
            byte[] frame = frame(length);
            memory.write(DATA + Frame.HEADER, frame, 0, frame.length);
            for (int i = 0; i < count; i++) {
                bench.driver.offer(out(DATA, Frame.HEADER + length));
            }
            bench.handle();
            assertThat(bench.driver.usedIndex()).as("frames wait in the ring").isLessThan(count);
            for (byte[] bytes = passt.receive(); bytes != null; bytes = passt.receive()) {
                got.writeBytes(bytes);
                bench.serveWatches();
            }
            assertThat(bench.driver.usedIndex()).isEqualTo(count);
            ByteBuffer expected = ByteBuffer.allocate(count * (4 + length));
            for (int i = 0; i < count; i++) {
                expected.putInt(length).put(frame);
            }
            assertThat(got.toByteArray()).isEqualTo(expected.array());
        }
    }

    @Test
    void takesTheLinkDownWhenPasstHasGone() throws QueueBroken {
        try (QueueBench bench = bench(RECEIVE, NetFeature.MRG_RXBUF)) {
            bench.driver.offer(in(DATA, 2000));
            bench.handle();
            passt.close();
            bench.serveWatches();
            assertThat(card.readConfig(6, 2)).as("link status").isZero();
            assertThat(bench.told).containsExactly("configChanged");
            bench.serveWatches();
            bench.handle();
            assertThat(bench.told).as("told once").hasSize(1);
        }
    }

    @Test
    void takesTheLinkDownWhenPasstSendsRubbish() throws QueueBroken {
        try (QueueBench bench = bench(RECEIVE, NetFeature.MRG_RXBUF)) {
            bench.driver.offer(in(DATA, 2000));
            passt.send(new byte[] {-1, -1, -1, -1, 5});
            bench.handle();
            assertThat(card.readConfig(6, 2)).isZero();
        }
    }
}
