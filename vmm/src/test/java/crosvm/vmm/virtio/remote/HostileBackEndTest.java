package crosvm.vmm.virtio.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.vmm.event.EventFd;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.linux.OpenFds;
import crosvm.vmm.linux.UnixSocket;
import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.vhostuser.Connection;
import crosvm.vmm.vhostuser.Message;
import crosvm.vmm.vhostuser.ProtocolFeature;
import crosvm.vmm.vhostuser.Request;
import crosvm.vmm.vhostuser.VhostUserException;
import crosvm.vmm.vhostuser.VringState;
import crosvm.vmm.virtio.DeviceType;
import crosvm.vmm.virtio.Feature;
import crosvm.vmm.virtio.RecordedHost;
import crosvm.vmm.virtio.queue.DriverQueue;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A back-end that lies, hangs or dies. It costs the guest this device; the VMM goes on, within the time-out. */
@Timeout(120)
class HostileBackEndTest {
    private static final int TIMEOUT = 300;
    private static final RemoteDevice DEVICE = RemoteDevice.of(DeviceType.BLOCK, "bad", 2, 256, 16);

    private final LoopThread loop = new LoopThread();
    private final GuestMemory memory = GuestMemory.allocate(1 << 20);
    private final RecordedHost host = new RecordedHost();
    private final List<String> deaths = new CopyOnWriteArrayList<>();
    private final EventFd kick = EventFd.create("kick");
    private final EventFd call = EventFd.create("call");
    private final AtomicReference<Connection> channel = new AtomicReference<>();
    private Thread thread;
    private UnixSocket theirs;
    private VhostUserBackend backend;

    @AfterEach
    void closes() throws Exception {
        if (backend != null) {
            backend.close();
        }
        if (theirs != null) {
            theirs.shutdown();
            thread.join(10_000);
            theirs.close();
        }
        Connection announcing = channel.get();
        if (announcing != null) {
            announcing.close();
        }
        loop.close();
        memory.close();
        kick.close();
        call.close();
    }

    /** A reply's payload, or null for none. */
    private interface Answers extends BiFunction<Request, Message, ByteBuffer> {}

    /** By the book: what a harmless back-end says. */
    private ByteBuffer honest(Request request, Message message) {
        if (request == Request.SET_BACKEND_REQ_FD) {
            channel.set(new Connection(UnixSocket.owning(message.takeFd())));
        }
        return switch (request) {
            case GET_FEATURES ->
                Message.u64(Feature.VERSION_1 | Feature.EVENT_IDX | ProtocolFeature.NEGOTIABLE | 1L << 33 | 1L << 40);
            case GET_PROTOCOL_FEATURES -> Message.u64(-1L);
            case GET_QUEUE_NUM -> Message.u64(2);
            case GET_VRING_BASE -> new VringState(message.payload().getInt(0), 0).encode();
            case GET_CONFIG -> message.payload();
            default -> message.needsReply() ? Message.u64(0) : null;
        };
    }

    private UnixSocket serve(Answers answers) {
        List<UnixSocket> pair = UnixSocket.pair("bad");
        theirs = pair.get(1);
        thread = new Thread(
                () -> {
                    Connection connection = new Connection(theirs);
                    try {
                        Message message = connection.receive(-1);
                        while (message != null) {
                            ByteBuffer reply = answers.apply(Request.of(message.request()), message);
                            if (reply != null) {
                                connection.send(message.reply(reply), 1000);
                            }
                            message.close();
                            message = connection.receive(-1);
                        }
                    } catch (VhostUserException e) {
                        return; // The front-end has had enough.
                    }
                },
                "bad back-end");
        thread.setDaemon(true);
        thread.start();
        return pair.get(0);
    }

    private void open(Answers answers) {
        backend = VhostUserBackend.open(DEVICE, new Connection(serve(answers)), loop.loop, TIMEOUT, deaths::add);
        backend.listen(host);
    }

    private void expectRefused(String why, Answers answers) {
        UnixSocket ours = serve(answers);
        assertThatThrownBy(() -> VhostUserBackend.open(DEVICE, new Connection(ours), loop.loop, TIMEOUT, deaths::add))
                .isInstanceOf(VhostUserException.class)
                .hasMessageStartingWith("bad: ")
                .hasMessageContaining(why);
    }

    private void expectDead(String why) throws InterruptedException {
        assertThat(host.awaitFailure()).contains(why);
        assertThat(deaths).hasSize(1);
        assertThat(deaths.get(0)).startsWith("bad: ").contains(why);
        assertThat(backend.isDead()).isTrue();
        long start = System.nanoTime();
        backend.acceptFeatures(Feature.VERSION_1);
        backend.readConfig(0, 4);
        backend.writeConfig(0, 4, 1);
        backend.setMemory(memory);
        backend.startQueue(0, new DriverQueue(memory, 0x1000, 16).vring(), kick, call);
        backend.stopQueue(0);
        backend.reset();
        assertThat(System.nanoTime() - start)
                .as("a dead device is not waited for")
                .isLessThan(5L * TIMEOUT * 1_000_000L);
        assertThat(deaths).hasSize(1);
    }

    @Test
    void passesOnOnlyFeaturesThatTheTransportUnderstands() {
        open(this::honest);
        assertThat(backend.features()).isEqualTo(Feature.VERSION_1 | Feature.EVENT_IDX);
    }

    @Test
    void isRefusedWhenItDoesNotFit() {
        expectRefused("VERSION_1", (r, m) -> r == Request.GET_FEATURES ? Message.u64(1L << 30) : honest(r, m));
    }

    @Test
    void isRefusedWithTooFewQueues() {
        expectRefused("1 queues", (r, m) -> r == Request.GET_QUEUE_NUM ? Message.u64(1) : honest(r, m));
    }

    @Test
    void isRefusedWithoutAConfigurationSpace() {
        expectRefused("CONFIG", (r, m) -> r == Request.GET_PROTOCOL_FEATURES ? Message.u64(9) : honest(r, m));
    }

    @Test
    void isRefusedWhenItSaysNothing() {
        expectRefused("not answered", (r, m) -> null);
    }

    @Test
    void isRefusedWhenItAnswersTooShortly() {
        expectRefused("4 bytes", (r, m) -> Message.payload(4));
    }

    @Test
    void diesWhenItRefusesTheMemory() throws InterruptedException {
        open((r, m) -> r == Request.SET_MEM_TABLE ? Message.u64(1) : honest(r, m));
        backend.setMemory(memory);
        expectDead("refuses SET_MEM_TABLE");
    }

    @Test
    void diesWhenItHangsAtTheStopOfAQueue() throws InterruptedException {
        open((r, m) -> r == Request.GET_VRING_BASE ? null : honest(r, m));
        backend.setMemory(memory);
        DriverQueue ring = new DriverQueue(memory, 0x1000, 16);
        backend.startQueue(0, ring.vring(), kick, call);
        memory.putU16(ring.used + 2, 5);
        assertThat(backend.stopQueue(0)).as("as far as it got").isEqualTo(5);
        expectDead("not answered in 300 ms");
    }

    @Test
    void diesWhenItAnswersForAnotherQueue() throws InterruptedException {
        open((r, m) -> r == Request.GET_VRING_BASE ? new VringState(1, 0).encode() : honest(r, m));
        backend.setMemory(memory);
        backend.startQueue(0, new DriverQueue(memory, 0x1000, 16).vring(), kick, call);
        backend.stopQueue(0);
        expectDead("GET_VRING_BASE of queue 0");
    }

    @Test
    void diesWhenItAnswersWithAnImpossibleIndex() throws InterruptedException {
        open((r, m) -> r == Request.GET_VRING_BASE ? new VringState(0, 0x10000).encode() : honest(r, m));
        backend.setMemory(memory);
        backend.startQueue(0, new DriverQueue(memory, 0x1000, 16).vring(), kick, call);
        backend.stopQueue(0);
        expectDead("GET_VRING_BASE of queue 0");
    }

    @Test
    void diesWhenItHasNoConfiguration() throws InterruptedException {
        open((r, m) ->
                r == Request.GET_CONFIG ? m.payload().duplicate().limit(12).slice() : honest(r, m));
        assertThat(backend.readConfig(0, 4)).isZero();
        expectDead("GET_CONFIG");
    }

    @Test
    void diesWhenItHangsUpAtRest() throws InterruptedException {
        open(this::honest);
        theirs.shutdown();
        expectDead("hung up");
    }

    @Test
    void isNotFloodedByAnnouncements() throws Exception {
        open(this::honest);
        Connection announcing = channel.get();
        Thread flood = new Thread(() -> {
            try {
                while (true) {
                    announcing.send(Message.request(2, Message.payload(0), List.of(), false), 5000);
                }
            } catch (VhostUserException e) {
                return;
            }
        });
        flood.start();
        host.awaitConfigChange();
        int before = host.configChanges.get();
        long start = System.nanoTime();
        Thread.sleep(300);
        int told = host.configChanges.get() - before;
        int milliseconds = (int) ((System.nanoTime() - start) / 1_000_000);
        assertThat(told)
                .as("changes told within %d ms", milliseconds)
                .isLessThanOrEqualTo(milliseconds / RemoteEvents.PAUSE_MILLISECONDS + 5);
        backend.close();
        flood.join(10_000);
        assertThat(flood.isAlive()).isFalse();
        assertThat(deaths).isEmpty();
    }

    @Test
    void mayAnnounceWhatWeDoNotKnowAndIsToldSo() throws InterruptedException {
        open(this::honest);
        channel.get().send(Message.request(77, Message.payload(8), List.of(kick.fd()), true), 1000);
        try (Message reply = channel.get().receive(5000)) {
            assertThat(reply.isReplyTo(77)).isTrue();
            assertThat(reply.payload().getLong(0)).isNotZero();
        }
        channel.get().send(Message.request(2, Message.payload(0), List.of(), true), 1000);
        try (Message reply = channel.get().receive(5000)) {
            assertThat(reply.payload().getLong(0)).isZero();
        }
        host.awaitConfigChange();
        assertThat(host.configChanges).hasValue(1);
        assertThat(backend.isDead()).isFalse();
    }

    @Test
    void diesWhenItsAnnouncementsAreNoMessages() throws InterruptedException {
        open(this::honest);
        channel.get()
                .send(Message.request(2, Message.payload(0), List.of(), false).reply(Message.payload(0)), 1000);
        expectDead("not a request");
    }

    /** Replies cut, stretched, renumbered, with descriptors, in pieces, late, or not at all. */
    @Test
    void neverHangsOrThrowsWhateverItAnswers() throws Exception {
        long seed = Long.getLong("crosvm.seed", 4711);
        long fds = -1;
        for (int session = 0; session < 120; session++) {
            Random random = new Random(seed + session);
            UnixSocket ours = liar(random);
            RecordedHost listener = new RecordedHost();
            VhostUserBackend device = null;
            try {
                device = VhostUserBackend.open(DEVICE, new Connection(ours), loop.loop, 100, deaths::add);
                device.listen(listener);
                device.setMemory(memory);
                device.acceptFeatures(device.features());
                device.readConfig(8, 8);
                device.startQueue(0, new DriverQueue(memory, 0x1000, 16).vring(), kick, call);
                device.startQueue(1, new DriverQueue(memory, 0x3000, 16).vring(), kick, call);
                assertThat(device.stopQueue(0)).isBetween(0, 0xffff);
                device.reset();
            } catch (VhostUserException e) {
                assertThat(device)
                        .as("session %d of seed %d: %s", session, seed, e)
                        .isNull();
            }
            if (device != null) {
                device.close();
            }
            theirs.shutdown();
            thread.join(10_000);
            theirs.close();
            if (session == 10) {
                fds = OpenFds.count();
            }
        }
        OpenFds.awaitAtMost(fds);
        theirs = null;
    }

    private UnixSocket liar(Random random) {
        List<UnixSocket> pair = UnixSocket.pair("liar");
        theirs = pair.get(1);
        thread = new Thread(
                () -> {
                    Connection connection = new Connection(theirs);
                    NativeBuffer bytes = NativeBuffer.allocate(8192);
                    try {
                        for (Message m = connection.receive(-1); m != null; m = connection.receive(-1)) {
                            lie(random, m, bytes);
                            m.close();
                        }
                    } catch (VhostUserException e) {
                        return;
                    }
                },
                "liar");
        thread.setDaemon(true);
        thread.start();
        return pair.get(0);
    }

    private void lie(Random random, Message message, NativeBuffer bytes) {
        Request request = Request.of(message.request());
        ByteBuffer reply;
        if (request == Request.SET_BACKEND_REQ_FD) {
            reply = Message.u64(0); // The channel goes with the message.
        } else {
            reply = honest(request, message);
        }
        if (reply == null) {
            return;
        }
        int size = reply.capacity();
        bytes.bytes().putInt(0, message.request()).putInt(4, 5).putInt(8, size).put(12, reply, 0, size);
        List<Fd> fds = List.of();
        int length = 12 + size;
        switch (random.nextInt(60)) {
            case 0 -> bytes.bytes().putInt(0, random.nextInt(50));
            case 1 -> bytes.bytes().putInt(4, random.nextInt());
            case 2 -> bytes.bytes().putInt(8, random.nextInt(5000));
            case 3 -> bytes.bytes().putInt(8, random.nextInt());
            case 4 -> length = random.nextInt(length);
            case 5 -> length = Math.min(8192, length + random.nextInt(100));
            case 6 -> fds = List.of(kick.fd(), kick.fd());
            case 7 -> fds = java.util.Collections.nCopies(20, kick.fd());
            case 8 -> theirs.shutdown();
            case 9 -> length = 0;
            case 10 -> bytes.bytes().putLong(12, random.nextLong());
            default -> {}
        }
        if (length > 0) {
            theirs.send(bytes, 0, length, fds);
        }
    }
}
