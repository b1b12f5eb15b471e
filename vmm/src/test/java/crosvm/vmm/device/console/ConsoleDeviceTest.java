package crosvm.vmm.device.console;

import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.in;
import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.out;
import static org.assertj.core.api.Assertions.assertThat;

import crosvm.vmm.console.PortOutput;
import crosvm.vmm.event.EventFd;
import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.virtio.DeviceHost;
import crosvm.vmm.virtio.Feature;
import crosvm.vmm.virtio.host.ThreadBackend;
import crosvm.vmm.virtio.queue.DriverQueue;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The device behind its real host, with a driver that the test plays. */
@Timeout(120)
class ConsoleDeviceTest {
    private static final long RX_RING = 0x1000;
    private static final long TX_RING = 0x3000;
    private static final long DATA = 0x10000;

    /** Takes as many bytes as the test allows. */
    private static final class FakeOutput implements PortOutput {
        private final StringBuilder text = new StringBuilder();
        private int room = Integer.MAX_VALUE;
        private Runnable listener = () -> {};

        @Override
        public boolean offer(byte value) {
            throw new AssertionError("a byte at a time");
        }

        @Override
        public synchronized void offer(ByteBuffer bytes) {
            while (bytes.hasRemaining() && text.length() < room) {
                text.append((char) (bytes.get() & 0xff));
            }
        }

        @Override
        public void onRoom(Runnable newListener) {
            listener = newListener;
        }

        void giveRoom(int characters) {
            synchronized (this) {
                room = characters;
            }
            listener.run();
        }

        synchronized String text() {
            return text.toString();
        }
    }

    private final GuestMemory memory = GuestMemory.allocate(1 << 20);
    private final FakeOutput output = new FakeOutput();
    private final ConsoleDevice device = new ConsoleDevice(output, true);
    private final ThreadBackend backend = new ThreadBackend(device);
    private final DriverQueue rx = new DriverQueue(memory, RX_RING, 16);
    private final DriverQueue tx = new DriverQueue(memory, TX_RING, 16);
    private final EventFd rxKick = EventFd.create("rx kick");
    private final EventFd txKick = EventFd.create("tx kick");
    private final EventFd call = EventFd.create("call");
    private final List<String> told = new CopyOnWriteArrayList<>();
    private int rxUsed;

    @BeforeEach
    void starts() {
        backend.listen(new DeviceHost() {
            @Override
            public void configChanged() {
                told.add("config");
            }

            @Override
            public void needsReset(String reason) {
                told.add(reason);
            }
        });
        backend.setMemory(memory);
        backend.acceptFeatures(ConsoleDevice.F_SIZE | Feature.VERSION_1);
        backend.startQueue(ConsoleDevice.RECEIVE, rx.vring(), rxKick, call);
        backend.startQueue(ConsoleDevice.TRANSMIT, tx.vring(), txKick, call);
    }

    @AfterEach
    void closes() {
        backend.close();
        memory.close();
        List.of(rxKick, txKick, call).forEach(EventFd::close);
    }

    private void print(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        memory.write(DATA, bytes, 0, bytes.length);
        int half = bytes.length / 2;
        tx.offer(out(DATA, half), out(DATA + half, bytes.length - half));
        txKick.signal();
    }

    private int type(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        return device.offer(bytes, 0, bytes.length);
    }

    private void offerReceiveBuffer(int length) {
        rx.offer(in(DATA + 0x8000, length));
        rxKick.signal();
    }

    private String received() throws InterruptedException {
        while (rx.usedIndex() == rxUsed) {
            Thread.sleep(1);
        }
        byte[] bytes = new byte[rx.usedLength(rxUsed++)];
        memory.read(DATA + 0x8000, bytes, 0, bytes.length);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private void awaitTransmitted(int count) throws InterruptedException {
        while (tx.usedIndex() != count) {
            Thread.sleep(1);
        }
    }

    @Test
    void passesOutputOnAndGivesTheBufferBack() throws InterruptedException {
        String text = "0123456789".repeat(2000);
        print(text);
        awaitTransmitted(1);
        assertThat(output.text()).isEqualTo(text);
        assertThat(tx.usedLength(0)).isZero();
    }

    @Test
    void keepsABufferForWhichThereIsNoRoomAndLosesNothing() throws InterruptedException {
        output.giveRoom(5_000);
        String text = "abcdefghij".repeat(1000);
        print(text);
        while (output.text().length() < 5_000) {
            Thread.sleep(1);
        }
        txKick.signal(); // A kick while the output is full changes nothing.
        Thread.sleep(20);
        assertThat(tx.usedIndex()).isZero();
        output.giveRoom(7_000);
        output.giveRoom(Integer.MAX_VALUE);
        awaitTransmitted(1);
        print("more");
        awaitTransmitted(2);
        assertThat(output.text()).isEqualTo(text + "more");
    }

    @Test
    void keepsInputUntilTheDriverGivesABuffer() throws InterruptedException {
        type("early ");
        type("bird");
        offerReceiveBuffer(4);
        assertThat(received()).isEqualTo("earl");
        offerReceiveBuffer(100);
        assertThat(received()).isEqualTo("y bird");
        offerReceiveBuffer(100);
        type("x");
        assertThat(received()).isEqualTo("x");
    }

    @Test
    void takesNoMoreInputThanItsQueueHoldsAndTellsOfRoom() throws InterruptedException {
        int[] room = {0};
        device.onRoom(() -> room[0]++);
        Random random = new Random(3);
        StringBuilder typed = new StringBuilder();
        StringBuilder got = new StringBuilder();
        for (int round = 0; round < 3; round++) {
            String text = String.valueOf(random.nextInt()).repeat(InputQueue.CAPACITY / 8);
            int taken = type(text);
            typed.append(text, 0, taken);
            assertThat(taken).isLessThan(text.length());
            assertThat(room[0]).isEqualTo(round);
            while (got.length() < typed.length() - 3_000) {
                offerReceiveBuffer(4096);
                got.append(received());
            }
            assertThat(room[0]).isEqualTo(round + 1);
        }
        while (got.length() < typed.length()) {
            offerReceiveBuffer(4096);
            got.append(received());
        }
        assertThat(got.compareTo(typed)).isZero();
    }

    @Test
    void tellsTheGuestTheTerminalsSizeAtTheStartAndWhenItChanges() throws InterruptedException {
        assertThat(backend.features() & ConsoleDevice.F_SIZE).isEqualTo(1);
        while (told.isEmpty()) {
            Thread.sleep(1);
        }
        assertThat(told).containsExactly("config");
        told.clear();
        device.resize(80, 25);
        assertThat(told).containsExactly("config");
        assertThat(backend.readConfig(0, 2)).isEqualTo(80);
        assertThat(backend.readConfig(2, 2)).isEqualTo(25);
        device.resize(80, 25);
        assertThat(told).hasSize(1);
        device.resize(1 << 20, 1);
        assertThat(told).hasSize(2);
        assertThat(backend.readConfig(0, 4)).isEqualTo(0x1ffff);
        assertThat(backend.readConfig(4, 8)).isZero();
    }

    @Test
    void offersNoSizeWhereThereIsNoTerminal() {
        try (ConsoleDevice toFile = new ConsoleDevice(output, false)) {
            assertThat(toFile.features()).isZero();
            toFile.resize(80, 25);
            assertThat(toFile.readConfig(0, 4)).isZero();
        }
    }

    @Test
    void startsAnewAfterAResetWithABufferInHand() throws InterruptedException {
        output.giveRoom(2);
        print("lost");
        while (output.text().length() < 2) {
            Thread.sleep(1);
        }
        backend.reset();
        told.clear();
        backend.acceptFeatures(Feature.VERSION_1);
        DriverQueue anew = new DriverQueue(memory, TX_RING + 0x2000, 16);
        backend.startQueue(ConsoleDevice.TRANSMIT, anew.vring(), txKick, call);
        output.giveRoom(Integer.MAX_VALUE);
        memory.write(DATA, "new".getBytes(StandardCharsets.US_ASCII), 0, 3);
        anew.offer(out(DATA, 3));
        txKick.signal();
        while (anew.usedIndex() != 1) {
            Thread.sleep(1);
        }
        assertThat(output.text()).isEqualTo("lonew");
        assertThat(told).containsExactly("config");
    }

    @Test
    void givesBackBuffersThatAreOfNoUse() throws InterruptedException {
        type("ab");
        rx.offer(out(DATA, 8)); // Not writable: there is no room in it.
        offerReceiveBuffer(8);
        assertThat(received()).isEmpty();
        assertThat(received()).isEqualTo("ab");
        tx.offer(in(DATA, 8)); // Not readable: it says nothing.
        txKick.signal();
        awaitTransmitted(1);
        assertThat(output.text()).isEmpty();
    }
}
