package crosvm.vmm.device.net;

import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.in;
import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.out;
import static org.assertj.core.api.Assertions.assertThat;

import crosvm.schema.model.MacAddress;
import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.virtio.QueueBench;
import crosvm.vmm.virtio.queue.QueueBroken;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A card on a socket that behaves like a tap: frames, their headers, and the driver's mistakes. */
class NetDeviceTest {
    private static final int RECEIVE = 0;
    private static final int TRANSMIT = 1;
    private static final int CONTROL = 2;
    private static final long RING = 0x1000;
    private static final long DATA = 0x10000;
    private static final MacAddress MAC = MacAddress.parse("52:54:00:12:34:56");

    private final GuestMemory memory = GuestMemory.allocate(4 << 20);
    private final FrameSocket host = FrameSocket.seqpacket();
    private final NetDevice card = NetDevice.onTap("lan", MAC, List.of(host.takeDeviceEnd()), 1500);

    @AfterEach
    void close() {
        host.close();
        memory.close();
    }

    private QueueBench bench(int queue, long features) throws QueueBroken {
        return new QueueBench(card, queue, memory, RING, 16, features);
    }

    private static byte[] frame(int bytes) {
        byte[] frame = new byte[Frame.HEADER + bytes];
        new Random(bytes).nextBytes(frame);
        return frame;
    }

    private byte[] guestBytes(long at, int length) {
        byte[] bytes = new byte[length];
        memory.read(at, bytes, 0, length);
        return bytes;
    }

    /** The frame as it lies in the guest must be what was sent, but for num_buffers. */
    private static void assertFrame(byte[] got, byte[] sent, int buffers) {
        byte[] expected = sent.clone();
        expected[Frame.NUM_BUFFERS] = (byte) buffers;
        expected[Frame.NUM_BUFFERS + 1] = 0;
        assertThat(got).isEqualTo(expected);
    }

    @Test
    void tellsTheGuestItsAddressLinkPairsAndMtu() {
        for (int i = 0; i < 6; i++) {
            assertThat(card.readConfig(i, 1)).isEqualTo(MAC.toBytes()[i] & 0xff);
        }
        assertThat(card.readConfig(6, 2)).as("link up").isEqualTo(1);
        assertThat(card.readConfig(8, 2)).as("pairs").isEqualTo(1);
        assertThat(card.readConfig(10, 2)).as("mtu").isEqualTo(1500);
        assertThat(card.features() & NetFeature.MAC).isNotZero();
        assertThat(card.features() & NetFeature.MQ).isZero();
        card.close();
    }

    @Test
    void sendsAFrameWithItsHeaderHoweverItIsCut() throws QueueBroken {
        try (QueueBench bench = bench(TRANSMIT, 0)) {
            byte[] frame = frame(1000);
            memory.write(DATA, frame, 0, frame.length);
            bench.driver.offer(out(DATA, 5), out(DATA + 5, 7), out(DATA + 12, 500), out(DATA + 512, 500));
            bench.handle();
            assertThat(host.receive()).isEqualTo(frame);
            assertThat(bench.driver.usedIndex()).isEqualTo(1);
        }
    }

    @Test
    void dropsFramesTooShortOrTooLongAndGoesOn() throws QueueBroken {
        try (QueueBench bench = bench(TRANSMIT, 0)) {
            bench.driver.offer(out(DATA, 0));
            bench.driver.offer(out(DATA, Frame.HEADER));
            bench.driver.offer(in(DATA, 100));
            bench.driver.offer(out(DATA, 1 << 20));
            bench.driver.offer(out(DATA, Frame.HEADER + 60));
            bench.handle();
            assertThat(bench.driver.usedIndex()).as("all buffers go back").isEqualTo(5);
            assertThat(host.receive()).hasSize(Frame.HEADER + 60);
            assertThat(host.receive()).as("the only one").isNull();
        }
    }

    @Test
    void spreadsAFrameOverBuffersAndSaysOverHowMany() throws QueueBroken {
        try (QueueBench bench = bench(RECEIVE, NetFeature.MRG_RXBUF)) {
            byte[] frame = frame(1000);
            for (int i = 0; i < 5; i++) {
                bench.driver.offer(in(DATA + 400L * i, 400));
            }
            host.send(frame);
            bench.handle();
            assertThat(bench.driver.usedIndex()).isEqualTo(3);
            assertThat(bench.driver.usedLength(0)).isEqualTo(400);
            assertThat(bench.driver.usedLength(2)).isEqualTo(212);
            assertFrame(guestBytes(DATA, frame.length), frame, 3);
            host.send(frame(300));
            bench.serveWatches();
            assertThat(bench.driver.usedIndex())
                    .as("the next goes into the next buffer")
                    .isEqualTo(4);
            assertFrame(guestBytes(DATA + 1200, 312), frame(300), 1);
        }
    }

    @Test
    void keepsABegunFrameUntilThereIsRoomForItsRest() throws QueueBroken {
        try (QueueBench bench = bench(RECEIVE, NetFeature.MRG_RXBUF)) {
            byte[] frame = frame(6000);
            bench.driver.offer(in(DATA, 1000));
            host.send(frame);
            bench.handle();
            assertThat(bench.driver.usedIndex()).isZero();
            bench.driver.offer(in(DATA + 1000, 3000));
            bench.handle();
            assertThat(bench.driver.usedIndex()).isZero();
            bench.driver.offer(in(DATA + 4000, 3000));
            bench.handle();
            assertThat(bench.driver.usedIndex()).isEqualTo(3);
            assertFrame(guestBytes(DATA, frame.length), frame, 3);
            assertThat(bench.timers).as("nothing to be impatient about").isEmpty();
        }
    }

    @Test
    void dropsAFrameForWhichTheDriverGivesNoRoomInTime() throws QueueBroken {
        try (QueueBench bench = bench(RECEIVE, NetFeature.MRG_RXBUF)) {
            bench.driver.offer(in(DATA, 1000));
            host.send(frame(6000));
            host.send(frame(500));
            bench.handle();
            bench.timers.get(0).run();
            bench.ring.notifyDriver(); // As the host does.
            assertThat(bench.driver.usedIndex()).isEqualTo(1);
            assertFrame(guestBytes(DATA, 512), frame(500), 1);
        }
    }

    @Test
    void dropsAFrameThatDoesNotFitIntoABufferWhenItMayNotBeSpread() throws QueueBroken {
        try (QueueBench bench = bench(RECEIVE, 0)) {
            bench.driver.offer(in(DATA, 12), in(DATA + 12, 1500));
            bench.driver.offer(in(DATA + 2000, 1512));
            host.send(frame(3000));
            host.send(frame(1500));
            bench.handle();
            assertThat(bench.driver.usedIndex()).isEqualTo(1);
            assertFrame(guestBytes(DATA, 1512), frame(1500), 1);
        }
    }

    @Test
    void leavesFramesAloneWhileTheDriverGivesNoBuffers() throws QueueBroken {
        try (QueueBench bench = bench(RECEIVE, NetFeature.MRG_RXBUF)) {
            bench.driver.offer(in(DATA, 2000));
            bench.handle();
            assertThat(bench.watches(host.device())).as("waits for frames").isTrue();
            host.send(frame(100));
            bench.serveWatches();
            assertThat(bench.driver.usedIndex()).isEqualTo(1);
            assertThat(bench.watches(host.device())).as("has no buffer left").isFalse();
            host.send(frame(200));
            bench.driver.offer(in(DATA, 2000));
            bench.handle();
            assertFrame(guestBytes(DATA, 212), frame(200), 1);
        }
    }

    @Test
    void leavesBuffersItHasNotFilledAvailableWhenItsQueueStops() throws QueueBroken {
        try (QueueBench bench = bench(RECEIVE, NetFeature.MRG_RXBUF)) {
            for (int i = 0; i < 4; i++) {
                bench.driver.offer(in(DATA + 2000L * i, 2000));
            }
            host.send(frame(100));
            bench.handle();
            bench.stop();
            assertThat(bench.ring.nextAvailable()).isEqualTo(1);
        }
    }

    @Test
    void givesBuffersWithoutRoomBack() throws QueueBroken {
        try (QueueBench bench = bench(RECEIVE, NetFeature.MRG_RXBUF)) {
            bench.driver.offer(in(DATA, 0));
            bench.driver.offer(out(DATA, 100));
            bench.driver.offer(in(DATA, 2000));
            host.send(frame(100));
            bench.handle();
            assertThat(bench.driver.usedIndex()).isEqualTo(3);
            assertFrame(guestBytes(DATA, 112), frame(100), 1);
        }
    }

    private int command(QueueBench bench, byte[] bytes) throws QueueBroken {
        memory.write(DATA, bytes, 0, bytes.length);
        memory.putU8(DATA + 4096, 0xff);
        bench.driver.offer(out(DATA, bytes.length), in(DATA + 4096, 1));
        bench.handle();
        return memory.u8(DATA + 4096);
    }

    @Test
    void answersRubbishOnTheControlQueueWithAnError() throws QueueBroken {
        try (QueueBench bench = bench(CONTROL, NetFeature.CTRL_VQ)) {
            assertThat(command(bench, new byte[] {4, 0, 1, 0}))
                    .as("MQ without VIRTIO_NET_F_MQ")
                    .isEqualTo(1);
            assertThat(command(bench, new byte[] {4})).isEqualTo(1);
            assertThat(command(bench, new byte[] {9, 9, 9})).isEqualTo(1);
            assertThat(command(bench, new byte[4000])).isEqualTo(1);
            Random random = new Random(1);
            for (int i = 0; i < 500; i++) {
                byte[] rubbish = new byte[1 + random.nextInt(20)];
                random.nextBytes(rubbish);
                assertThat(command(bench, rubbish)).as(Arrays.toString(rubbish)).isEqualTo(1);
            }
            bench.driver.offer(out(DATA, 100));
            bench.driver.offer(in(DATA, 1));
            bench.handle();
            assertThat(bench.driver.usedIndex() & 0xffff).isEqualTo(506);
        }
    }

    @Test
    void switchesOnlyOffloadsThatWereNegotiated() throws QueueBroken {
        long features = NetFeature.CTRL_VQ | NetFeature.CTRL_GUEST_OFFLOADS | NetFeature.GUEST_CSUM;
        try (QueueBench bench = bench(CONTROL, features)) {
            assertThat(command(bench, new byte[] {5, 0, 2, 0, 0, 0, 0, 0, 0, 0}))
                    .isZero();
            assertThat(command(bench, new byte[] {5, 0, 0, 0, 0, 0, 0, 0, 0, 0}))
                    .isZero();
            assertThat(command(bench, new byte[] {5, 0, (byte) 0x82, 0, 0, 0, 0, 0, 0, 0}))
                    .as("TSO4")
                    .isEqualTo(1);
        }
    }

    @Test
    void usesPairsOneToAllWhenTheDriverAsks() throws QueueBroken {
        FrameSocket second = FrameSocket.seqpacket();
        NetDevice two = NetDevice.onTap("two", MAC, List.of(host.takeDeviceEnd(), second.takeDeviceEnd()), 1500);
        assertThat(two.queueCount()).isEqualTo(5);
        assertThat(two.workerOf(3)).isEqualTo(1);
        assertThat(two.workerOf(4)).isZero();
        try (second;
                QueueBench bench = new QueueBench(two, 4, memory, RING, 16, NetFeature.CTRL_VQ | NetFeature.MQ)) {
            assertThat(command(bench, new byte[] {4, 0, 0, 0})).isEqualTo(1);
            assertThat(command(bench, new byte[] {4, 0, 3, 0})).isEqualTo(1);
            assertThat(command(bench, new byte[] {4, 0, 2, 0, 0})).isEqualTo(1);
            QueueBench receive = new QueueBench(two, 2, memory, 0x4000, 16, NetFeature.MRG_RXBUF | NetFeature.MQ);
            receive.driver.offer(in(DATA + 8192, 2000));
            second.send(frame(100));
            receive.handle();
            assertThat(receive.driver.usedIndex())
                    .as("the second pair is not in use yet")
                    .isZero();
            assertThat(command(bench, new byte[] {4, 0, 2, 0})).isZero();
            receive.serveWatches();
            assertThat(receive.driver.usedIndex()).as("now it is").isEqualTo(1);
            receive.call.close();
        }
    }

    @Test
    void hasTheControlQueueBehindTheFirstPairWhenTheDriverWantsOnlyOne() throws QueueBroken {
        FrameSocket second = FrameSocket.seqpacket();
        NetDevice two = NetDevice.onTap("two", MAC, List.of(host.takeDeviceEnd(), second.takeDeviceEnd()), 1500);
        try (second;
                QueueBench bench = new QueueBench(two, 2, memory, RING, 16, NetFeature.CTRL_VQ)) {
            assertThat(command(bench, new byte[] {9, 9, 9})).isEqualTo(1);
        }
    }
}
