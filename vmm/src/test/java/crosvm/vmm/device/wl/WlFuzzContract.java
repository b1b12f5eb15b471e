package crosvm.vmm.device.wl;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.vmm.event.EventFd;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.Memfd;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.linux.Pipe;
import crosvm.vmm.linux.UnixSocket;
import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.virtio.MemorySnapshot;
import crosvm.vmm.virtio.RecordedHost;
import crosvm.vmm.virtio.host.ThreadBackend;
import crosvm.vmm.virtio.queue.DriverQueue;
import crosvm.vmm.virtio.queue.DriverQueue.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * What the device owes the host, whatever driver and compositor do: seeded random and boundary messages on both queues, cut
 * into pieces anywhere, beside a compositor that says, sends and hangs up at random. Every answer is on its own chain, and
 * nothing outside the chains' writable parts and the used rings changes. {@code -Dcrosvm.fuzz.seconds=300} goes on for longer.
 */
class WlFuzzContract {
    private static final int MEMORY = 512 << 10;
    private static final int RING = 64;
    private static final long IN_RING = 0x1000;
    private static final long OUT_RING = 0x3000;
    private static final long DATA = 0x1_0000;
    private static final int SLOT = 2048;
    private static final int SLOTS = 128;
    private static final int ROUNDS = 300;
    private static final int[] TYPES = {256, 257, 258, 260, 261, 258, 258, 262, 259, 0, -1, 4096};
    private static final int[] WORDS = {
        0,
        1,
        2,
        3,
        4,
        5,
        28,
        29,
        4095,
        4096,
        4097,
        0x3fff_ffff,
        0x4000_0000,
        0x4000_0001,
        Integer.MAX_VALUE,
        -1,
        -4096,
        Integer.MIN_VALUE
    };

    private final GuestMemory memory = GuestMemory.allocate(MEMORY);
    private final FakeHost host = new FakeHost();
    private final RecordedHost recorded = new RecordedHost();
    private final EventFd inKick = EventFd.create("in kick");
    private final EventFd outKick = EventFd.create("out kick");
    private final EventFd call = EventFd.create("call");
    private final List<UnixSocket> compositor = new ArrayList<>();
    private int answered;
    private int made;
    private int told;

    @Test
    void survivesRandomMessagesAndWritesOnlyWhereItMay() {
        long seconds = Long.getLong("crosvm.fuzz.seconds", 0);
        long end = System.nanoTime() + seconds * 1_000_000_000L;
        int rounds = 0;
        try (ThreadBackend backend = new ThreadBackend(new WlDevice(WlBench.channelTo(host)))) {
            backend.listen(recorded);
            backend.setMemory(memory);
            while (rounds < ROUNDS || System.nanoTime() < end) {
                round(backend, rounds++);
            }
        } finally {
            compositor.forEach(UnixSocket::close);
            memory.close();
        }
        assertThat(answered).as("answers").isGreaterThan(rounds * 5);
        assertThat(made).as("vfds made").isGreaterThan(rounds / 4);
        assertThat(told).as("messages to the guest").isGreaterThan(rounds / 2);
        assertThat(host.mapped).as("mapped after the last reset").isEmpty();
        if (seconds > 0) {
            System.out.println(rounds + " rounds, " + answered + " answers, " + made + " vfds, " + told + " messages");
        }
    }

    private void round(ThreadBackend backend, int seed) {
        Random random = new Random(seed);
        byte[] noise = new byte[SLOT * SLOTS];
        random.nextBytes(noise);
        memory.write(DATA, noise, 0, noise.length);
        DriverQueue in = new DriverQueue(memory, IN_RING, RING);
        DriverQueue out = new DriverQueue(memory, OUT_RING, RING);
        BitSet allowed = new BitSet(MEMORY);
        allowed.set((int) in.used, (int) in.end());
        allowed.set((int) out.used, (int) out.end());
        long[] answers = new long[RING];
        int[] rooms = new int[RING];
        int slot = 0;
        for (int left = random.nextInt(20); left > 0; left--) {
            int length = random.nextInt(5) == 0 ? random.nextInt(60) : SLOT;
            offer(in, allowed, Buffer.in(DATA + (long) SLOT * slot++, length));
        }
        List<Integer> heads = new ArrayList<>();
        for (int left = 1 + random.nextInt(12); left > 0; left--) {
            byte[] message = message(random);
            long at = DATA + (long) SLOT * slot++;
            memory.write(at, message, 0, message.length);
            int room = random.nextInt(6) == 0 ? random.nextInt(33) : 64;
            long answer = DATA + (long) SLOT * slot++;
            int cut = random.nextInt(message.length + 1);
            int head = offer(
                    out,
                    allowed,
                    Buffer.out(at, cut),
                    Buffer.out(at + cut, message.length - cut),
                    Buffer.in(answer, room));
            answers[head] = answer;
            rooms[head] = room;
            heads.add(head);
        }
        MemorySnapshot before = new MemorySnapshot(memory);
        backend.acceptFeatures(random.nextBoolean() ? WlProtocol.F_TRANS_FLAGS : 0);
        backend.startQueue(WlProtocol.QUEUE_IN, in.vring(), inKick, call);
        backend.startQueue(WlProtocol.QUEUE_OUT, out.vring(), outKick, call);
        act(random, out, heads.size());
        backend.stopQueue(WlProtocol.QUEUE_OUT);
        backend.stopQueue(WlProtocol.QUEUE_IN);
        if (random.nextInt(4) == 0) {
            backend.reset();
        }
        assertThat(recorded.failures).as("seed %d", seed).isEmpty();
        before.assertUnchangedBut(seed, allowed);
        assertAnswers(seed, out, heads, answers, rooms);
        told += in.usedIndex();
    }

    private static int offer(DriverQueue queue, BitSet allowed, Buffer... buffers) {
        for (Buffer buffer : buffers) {
            if (buffer.writable()) {
                allowed.set((int) buffer.address(), (int) buffer.address() + buffer.length());
            }
        }
        return queue.offer(buffers);
    }

    private static byte[] message(Random random) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * (1 + random.nextInt(48))).order(ByteOrder.LITTLE_ENDIAN);
        for (int at = 0; at < bytes.capacity(); at += 4) {
            bytes.putInt(at, random.nextInt(8) == 0 ? random.nextInt() : WORDS[random.nextInt(WORDS.length)]);
        }
        bytes.putInt(0, random.nextInt(16) == 0 ? random.nextInt() : TYPES[random.nextInt(TYPES.length)]);
        if (bytes.capacity() >= 32 && random.nextInt(4) > 0) { // One that makes sense.
            int type = bytes.getInt(0);
            bytes.putInt(8, random.nextInt(8)).putInt(12, type == 258 ? random.nextInt(4) : 1 + random.nextInt(2));
            if (type == 258) {
                bytes.putInt(16, random.nextInt(5))
                        .putInt(20, random.nextInt(5))
                        .putInt(24, random.nextInt(5));
            } else {
                bytes.putInt(24, 1 + random.nextInt(20_000));
            }
        }
        return bytes.array();
    }

    /** The compositor's doings, until all commands are answered or it has waited long enough. */
    private void act(Random random, DriverQueue out, int commands) {
        NativeBuffer data = NativeBuffer.allocate(8192);
        long end = System.nanoTime() + 20_000_000;
        do {
            for (UnixSocket next = host.poll(); next != null; next = host.poll()) {
                compositor.add(next);
            }
            for (int left = random.nextInt(3); left > 0 && !compositor.isEmpty(); left--) {
                int which = random.nextInt(compositor.size());
                UnixSocket connection = compositor.get(which);
                List<Fd> fds = new ArrayList<>();
                connection.receive(data, 0, data.size(), fds);
                fds.forEach(Fd::close);
                say(random, connection, data);
                if (random.nextInt(6) == 0) {
                    compositor.remove(which).close();
                }
            }
        } while (out.usedIndex() < commands && System.nanoTime() < end);
    }

    private static void say(Random random, UnixSocket connection, NativeBuffer data) {
        try (Fd sealed = Memfd.sealed("fuzz", 1 + random.nextInt(9000));
                Fd nothing = Fd.open("/dev/null", Fd.O_RDONLY);
                Pipe pipe = Pipe.create("fuzz")) {
            List<Fd> fds = new ArrayList<>();
            for (int i = random.nextInt(8); i > 4; i--) {
                fds.add(List.of(sealed, nothing, pipe.reader(), pipe.writer()).get(random.nextInt(4)));
            }
            connection.send(data, 0, 1 + random.nextInt(data.size()), fds);
        }
    }

    private void assertAnswers(int seed, DriverQueue out, List<Integer> heads, long[] answers, int[] rooms) {
        List<Integer> open = new ArrayList<>(heads);
        for (int i = 0; i < out.usedIndex(); i++) {
            int head = out.usedId(i);
            assertThat(open.remove((Integer) head))
                    .as("seed %d: chain %d is used once", seed, head)
                    .isTrue();
            int length = out.usedLength(i);
            assertThat(length).as("seed %d: length", seed).isLessThanOrEqualTo(rooms[head]);
            if (length == 0) {
                assertThat(rooms[head])
                        .as("seed %d: no answer where there is room", seed)
                        .isLessThan(4);
                continue;
            }
            int type = memory.u32(answers[head]);
            if (type == WlProtocol.RESP_VFD_NEW) {
                assertThat(length).isIn(28, 32);
                made++;
            } else {
                assertThat(length).isEqualTo(4);
                assertThat(type).as("seed %d", seed).isIn(4096, 4352, 4353, 4354, 4355, 4356, 4357);
            }
            answered++;
        }
    }
}
