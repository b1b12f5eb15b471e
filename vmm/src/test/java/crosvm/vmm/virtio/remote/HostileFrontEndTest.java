package crosvm.vmm.virtio.remote;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.vmm.event.EventFd;
import crosvm.vmm.event.EventLoop;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.Memfd;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.linux.OpenFds;
import crosvm.vmm.linux.UnixSocket;
import crosvm.vmm.vhostuser.MemoryTable;
import crosvm.vmm.vhostuser.Request;
import crosvm.vmm.vhostuser.VhostUserException;
import crosvm.vmm.vhostuser.VringAddress;
import crosvm.vmm.vhostuser.VringState;
import crosvm.vmm.virtio.EchoDevice;
import crosvm.vmm.virtio.Feature;
import crosvm.vmm.virtio.host.VhostUserServer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A front-end that sends whatever comes to its mind: random and boundary values, descriptors of every kind and number,
 * half messages. The back-end may end the connection; it may not throw anything else, hang, or keep a descriptor. Files
 * are never truncated here, which would be this process's end too: see DeviceProcess's tests for that.
 */
@Timeout(120)
class HostileFrontEndTest {
    private static final int SESSIONS = 150;
    private static final int MESSAGES = 120;
    private static final long MEMORY = 1 << 20;
    private static final long USER = 0x7000_0000_0000L;

    private final List<Fd> fds = new ArrayList<>();
    private final List<AutoCloseable> owners = new ArrayList<>();
    private final NativeBuffer bytes = NativeBuffer.allocate(8192);

    @BeforeEach
    void collectsDescriptorsOfEveryKind() {
        for (int i = 0; i < 4; i++) {
            EventFd event = EventFd.create("event");
            owners.add(event);
            fds.add(event.fd());
        }
        for (int i = 0; i < 4; i++) {
            own(Memfd.sealed("memory", MEMORY));
        }
        own(Memfd.sealed("empty", 0));
        own(Fd.open("/dev/zero", Fd.O_RDWR));
        own(Fd.open("/dev/null", Fd.O_RDWR));
        own(Fd.open("/proc/self/maps", Fd.O_RDONLY));
        own(Fd.open("/tmp", Fd.O_RDONLY));
        EventLoop loop = new EventLoop("epoll");
        owners.add(loop);
        for (UnixSocket socket : UnixSocket.pair("socket")) {
            owners.add(socket);
            fds.add(socket.fd());
        }
    }

    private void own(Fd fd) {
        owners.add(fd);
        fds.add(fd);
    }

    @AfterEach
    void closesThem() throws Exception {
        for (AutoCloseable owner : owners) {
            owner.close();
        }
    }

    /** Most often one of the {@code count} descriptors of the right kind, which start at {@code from}. */
    private Fd anyFd(Random random, int from, int count) {
        return random.nextInt(8) > 0 ? fds.get(from + random.nextInt(count)) : fds.get(random.nextInt(fds.size()));
    }

    private static long anyLong(Random random) {
        return switch (random.nextInt(8)) {
            case 0 -> random.nextLong();
            case 1 -> -1L;
            case 2 -> Long.MIN_VALUE >>> random.nextInt(64);
            case 3 -> USER + random.nextInt((int) MEMORY);
            case 4 -> random.nextInt(3);
            case 5 -> 0xffff_ffffL;
            default -> (1L << random.nextInt(64)) - random.nextInt(2);
        };
    }

    private static int anyIndex(Random random) {
        return random.nextInt(60) > 0 ? random.nextInt(2) : (int) anyLong(random);
    }

    /** The request's payload, sometimes right, sometimes nearly. */
    private ByteBuffer payload(Request request, Random random) {
        boolean good = random.nextInt(12) > 0;
        ByteBuffer sane = switch (request) {
            case SET_FEATURES -> u64(Feature.VERSION_1 | random.nextInt(4) << 28 | 1L << 7 * random.nextInt(2));
            case SET_PROTOCOL_FEATURES -> u64(random.nextInt(4) > 0 ? 0x2229 : random.nextInt(1 << 17));
            case SET_MEM_TABLE -> table(random);
            case SET_VRING_NUM -> new VringState(anyIndex(random), 1L << random.nextInt(9)).encode();
            case SET_VRING_ADDR ->
                new VringAddress(
                                anyIndex(random),
                                0,
                                USER + 16L * random.nextInt(1 << 16),
                                USER + 4L * random.nextInt(1 << 18),
                                USER + 2L * random.nextInt(1 << 19),
                                0)
                        .encode();
            case SET_VRING_BASE, GET_VRING_BASE -> new VringState(anyIndex(random), random.nextInt(1 << 16)).encode();
            case SET_VRING_ENABLE -> new VringState(anyIndex(random), random.nextInt(2)).encode();
            case SET_VRING_KICK, SET_VRING_CALL, SET_VRING_ERR ->
                u64(random.nextInt(2) | (random.nextInt(8) == 0 ? 0x100 : 0));
            case GET_CONFIG, SET_CONFIG -> config(random);
            default -> buffer(0);
        };
        if (good) {
            return sane;
        }
        int size = random.nextInt(3) > 0 ? sane.capacity() : random.nextInt(400);
        ByteBuffer wild = buffer(size);
        for (int at = 0; at + 8 <= size; at += 8) {
            wild.putLong(at, random.nextBoolean() && at + 8 <= sane.capacity() ? sane.getLong(at) : anyLong(random));
        }
        return wild;
    }

    private static ByteBuffer buffer(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static ByteBuffer u64(long value) {
        return buffer(8).putLong(0, value);
    }

    private ByteBuffer table(Random random) {
        int count = random.nextInt(10) == 0 ? 8 : 1 + random.nextInt(2);
        List<MemoryTable.Region> regions = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            long at = random.nextInt(12) == 0 ? anyLong(random) : MEMORY * i;
            long size = random.nextInt(12) == 0 ? anyLong(random) : MEMORY;
            long offset = random.nextInt(12) == 0 ? anyLong(random) : 0;
            regions.add(new MemoryTable.Region(at, size, USER + MEMORY * i, offset));
        }
        return new MemoryTable(regions).encode();
    }

    private ByteBuffer config(Random random) {
        int size = random.nextInt(270);
        return buffer(12 + size).putInt(0, random.nextInt(64)).putInt(4, size).putInt(8, random.nextInt(2));
    }

    private boolean sendOne(UnixSocket socket, Random random) {
        Request[] requests = Request.values();
        Request request = requests[random.nextInt(requests.length)];
        ByteBuffer payload = payload(request, random);
        return send(socket, random, request, payload);
    }

    private boolean send(UnixSocket socket, Random random, Request request, ByteBuffer payload) {
        int number = random.nextInt(100) > 0 ? request.number() : random.nextInt(60);
        int flags = random.nextInt(200) > 0 ? 1 | (random.nextInt(50) > 0 ? 8 : 0) : random.nextInt(16);
        int size = random.nextInt(200) > 0 ? payload.capacity() : (int) anyLong(random);
        bytes.bytes().putInt(0, number).putInt(4, flags).putInt(8, size).put(12, payload, 0, payload.capacity());
        List<Fd> along = new ArrayList<>();
        int wanted = switch (request) {
            case SET_MEM_TABLE -> payload.capacity() / 32;
            case SET_VRING_KICK, SET_VRING_CALL, SET_VRING_ERR, SET_BACKEND_REQ_FD -> 1;
            default -> 0;
        };
        int count = random.nextInt(40) > 0 ? wanted : random.nextInt(12);
        for (int i = 0; i < count; i++) {
            along.add(
                    switch (request) {
                        case SET_MEM_TABLE -> anyFd(random, 4, 4);
                        case SET_BACKEND_REQ_FD -> anyFd(random, fds.size() - 2, 2);
                        default -> anyFd(random, 0, 4);
                    });
        }
        long sent = socket.send(bytes, 0, 12 + payload.capacity(), along);
        if ((flags & 8) != 0) {
            socket.awaitReadable(5); // An acknowledgement, if they have been negotiated.
        }
        drain(socket);
        return sent >= 0 || sent == -crosvm.vmm.linux.Errno.EAGAIN.code();
    }

    private void drain(UnixSocket socket) {
        List<Fd> none = new ArrayList<>();
        NativeBuffer sink = NativeBuffer.allocate(4096);
        while (socket.receive(sink, 0, 4096, none) > 0) {
            assertThat(none).as("descriptors from the back-end").isEmpty();
        }
    }

    private void kickEverything(Random random) {
        for (int i = 0; i < 4; i++) {
            if (random.nextInt(20) == 0) {
                EventFd.owning(fds.get(i)).signal();
            }
        }
    }

    @Test
    void bringsTheBackEndToAnEndAtWorst() throws Exception {
        long seed = Long.getLong("crosvm.seed", 20261124);
        long before = OpenFds.count();
        int ended = 0;
        long started = 0;
        for (int session = 0; session < SESSIONS; session++) {
            Random random = new Random(seed + session);
            EchoDevice device = new EchoDevice();
            ServedDevice served = new ServedDevice(
                    device, random.nextBoolean() ? VhostUserServer.Memory.SEALED : VhostUserServer.Memory.ANY);
            if (random.nextInt(8) > 0) {
                send(served.socket, random, Request.SET_PROTOCOL_FEATURES, u64(0x2229));
                send(served.socket, random, Request.SET_FEATURES, u64(1L << 32));
            }
            for (int i = 0; i < MESSAGES && sendOne(served.socket, random); i++) {
                kickEverything(random);
            }
            served.socket.shutdown();
            RuntimeException end = served.awaitEnd();
            if (end != null) {
                ended++;
                assertThat(end).as("session %d of seed %d", session, seed).isInstanceOf(VhostUserException.class);
            }
            served.socket.close();
            started +=
                    device.calls.stream().filter(c -> c.startsWith("started")).count();
        }
        assertThat(started).as("rings that got so far as to run").isPositive();
        assertThat(ended).as("sessions that the back-end ended").isPositive();
        OpenFds.awaitAtMost(before);
    }

    @Test
    void cannotHangTheBackEndByNotReading() {
        ServedDevice served = new ServedDevice(new EchoDevice(), VhostUserServer.Memory.ANY);
        bytes.bytes().putInt(0, Request.GET_FEATURES.number()).putInt(4, 1).putInt(8, 0);
        long sent;
        do {
            sent = served.socket.send(bytes, 0, 12, List.of());
            served.socket.awaitWritable(100);
        } while (sent == 12 && served.isServing());
        assertThat(served.awaitEnd()).hasMessageContaining("has not read");
        served.close();
    }

    @Test
    void cannotHangTheBackEndByHalfAMessage() {
        ServedDevice served = new ServedDevice(new EchoDevice(), VhostUserServer.Memory.ANY);
        bytes.bytes().putInt(0, Request.SET_FEATURES.number()).putInt(4, 1).putInt(8, 8);
        served.socket.send(bytes, 0, 13, List.of());
        assertThat(served.awaitEnd()).hasMessageContaining("not finished its message");
        served.close();
    }
}
