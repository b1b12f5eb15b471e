package crosvm.vmm.virtio.remote;

import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.in;
import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.out;
import static org.assertj.core.api.Assertions.assertThat;

import crosvm.vmm.event.EventFd;
import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.Memfd;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.linux.OpenFds;
import crosvm.vmm.linux.UnixSocket;
import crosvm.vmm.linux.jna.LibC;
import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.memory.GuestRegion;
import crosvm.vmm.vhostuser.ConfigAccess;
import crosvm.vmm.vhostuser.Connection;
import crosvm.vmm.vhostuser.MemoryTable;
import crosvm.vmm.vhostuser.Message;
import crosvm.vmm.vhostuser.ProtocolFeature;
import crosvm.vmm.vhostuser.Request;
import crosvm.vmm.vhostuser.VringAddress;
import crosvm.vmm.vhostuser.VringState;
import crosvm.vmm.virtio.EchoDevice;
import crosvm.vmm.virtio.Feature;
import crosvm.vmm.virtio.host.VhostUserServer;
import crosvm.vmm.virtio.queue.DriverQueue;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Our back-end, message by message, as front-ends that are not ours send them: some by the book, some by mistake. */
@Timeout(120)
class VhostUserServerTest {
    private static final long SOURCE = 0x10000;
    private static final long TARGET = 0x11000;
    private static final int NO_FD = 0x100;

    private final GuestMemory memory = GuestMemory.allocate(4 << 20);
    private final GuestRegion region = memory.regions().get(0);
    private final EchoDevice device = new EchoDevice();
    private final EventFd kick = EventFd.create("kick");
    private final EventFd call = EventFd.create("call");
    private final EventFd error = EventFd.create("error");
    private ServedDevice served;
    private RawFrontEnd frontEnd;
    private DriverQueue ring;

    @BeforeEach
    void connects() {
        served = new ServedDevice(device, VhostUserServer.Memory.ANY);
        frontEnd = new RawFrontEnd(new Connection(served.socket));
        ring = new DriverQueue(memory, 0x1000, 16);
    }

    @AfterEach
    void disconnects() {
        served.close();
        assertThat(device.closed).isTrue();
        memory.close();
        kick.close();
        call.close();
        error.close();
    }

    private MemoryTable table() {
        return new MemoryTable(
                List.of(new MemoryTable.Region(0, region.size(), region.hostAddress(), region.fileOffset())));
    }

    private VringAddress addresses(DriverQueue queue) {
        long base = region.hostAddress();
        return new VringAddress(0, 0, base + queue.descriptors, base + queue.used, base + queue.available, 0);
    }

    private void shareMemory() {
        assertThat(frontEnd.tell(Request.SET_MEM_TABLE, table().encode(), region.file()))
                .isZero();
    }

    /** In the order of QEMU, which sends the call last. */
    private void setUp() {
        shareMemory();
        assertThat(frontEnd.tell(Request.SET_VRING_NUM, new VringState(0, 16).encode()))
                .isZero();
        assertThat(frontEnd.tell(Request.SET_VRING_BASE, new VringState(0, 0).encode()))
                .isZero();
        assertThat(frontEnd.tell(Request.SET_VRING_ADDR, addresses(ring).encode()))
                .isZero();
        assertThat(frontEnd.tell(Request.SET_VRING_ERR, Message.u64(0), error.fd()))
                .isZero();
        assertThat(frontEnd.tell(Request.SET_VRING_KICK, Message.u64(0), kick.fd()))
                .isZero();
        assertThat(frontEnd.tell(Request.SET_VRING_CALL, Message.u64(0), call.fd()))
                .isZero();
    }

    private void enable(boolean on) {
        assertThat(frontEnd.tell(Request.SET_VRING_ENABLE, new VringState(0, on ? 1 : 0).encode()))
                .isZero();
    }

    private void offer(int value) {
        memory.putU8(SOURCE, value);
        ring.setUsedEvent(ring.usedIndex());
        ring.offer(out(SOURCE, 1), in(TARGET, 1));
        kick.signal();
    }

    private void expectEcho(int value) {
        assertThat(ring.awaitUsed()).isEqualTo(1);
        assertThat(memory.u8(TARGET)).isEqualTo(value + 1);
    }

    @Test
    void offersWhatTheDeviceAndTheProtocolHave() {
        assertThat(frontEnd.ask(Request.GET_FEATURES, Message.payload(0)).getLong(0))
                .isEqualTo(EchoDevice.OWN_FEATURE
                        | Feature.VERSION_1
                        | Feature.EVENT_IDX
                        | Feature.INDIRECT_DESC
                        | ProtocolFeature.NEGOTIABLE);
        frontEnd.negotiate();
        assertThat(frontEnd.ask(Request.GET_QUEUE_NUM, Message.payload(0)).getLong(0))
                .isEqualTo(2);
        assertThat(device.calls).containsExactly("negotiated 0x130000080");
    }

    @Test
    void runsARingFromKickToGetVringBase() {
        frontEnd.negotiate();
        setUp();
        enable(true);
        offer(5);
        expectEcho(5);
        assertThat(call.await(5000)).isPositive();
        VringState base = VringState.decode(frontEnd.ask(Request.GET_VRING_BASE, new VringState(0, 0).encode()));
        assertThat(base).isEqualTo(new VringState(0, 1));
        assertThat(device.calls).endsWith("started 0", "stopped 0");
        assertThat(VringState.decode(frontEnd.ask(Request.GET_VRING_BASE, new VringState(0, 0).encode())))
                .as("asked again")
                .isEqualTo(base);
        offer(6);
        assertThat(frontEnd.tell(Request.SET_VRING_KICK, Message.u64(0), kick.fd()))
                .isZero();
        expectEcho(6);
    }

    @Test
    void leavesARingAloneUntilItIsEnabledAndWhileItIsNot() throws InterruptedException {
        frontEnd.negotiate();
        setUp();
        offer(1);
        Thread.sleep(20);
        assertThat(ring.usedIndex()).isZero();
        enable(true);
        expectEcho(1);
        enable(false);
        offer(2);
        Thread.sleep(20);
        assertThat(ring.usedIndex()).isEqualTo(1);
        enable(true);
        expectEcho(2);
    }

    @Test
    void startsRingsEnabledForFrontEndsWithoutProtocolFeatures() {
        frontEnd.send(Request.SET_FEATURES.number(), Message.u64(Feature.VERSION_1));
        frontEnd.send(Request.SET_OWNER.number(), Message.payload(0));
        frontEnd.send(Request.SET_MEM_TABLE.number(), table().encode(), region.file());
        frontEnd.send(Request.SET_VRING_NUM.number(), new VringState(0, 16).encode());
        frontEnd.send(Request.SET_VRING_ADDR.number(), addresses(ring).encode());
        frontEnd.send(Request.SET_VRING_KICK.number(), Message.u64(0), kick.fd());
        offer(9);
        expectEcho(9);
    }

    @Test
    void changesTheCallWhileTheRingRuns() {
        frontEnd.negotiate();
        setUp();
        enable(true);
        EventFd masked = EventFd.create("masked");
        assertThat(frontEnd.tell(Request.SET_VRING_CALL, Message.u64(0), masked.fd()))
                .isZero();
        offer(1);
        expectEcho(1);
        assertThat(masked.await(5000)).isPositive();
        assertThat(call.isSignalled()).isFalse();
        assertThat(frontEnd.tell(Request.SET_VRING_CALL, Message.u64(NO_FD))).isZero();
        offer(2);
        expectEcho(2);
        assertThat(frontEnd.tell(Request.SET_VRING_CALL, Message.u64(0), call.fd()))
                .isZero();
        assertThat(masked.isSignalled()).isFalse();
        offer(3);
        expectEcho(3);
        assertThat(call.await(5000)).isPositive();
        assertThat(device.calls.stream().filter("started 0"::equals)).hasSize(1);
        masked.close();
    }

    @Test
    void remapsMemoryUnderARunningRing() {
        frontEnd.negotiate();
        setUp();
        enable(true);
        offer(1);
        expectEcho(1);
        shareMemory();
        offer(2);
        expectEcho(2);
    }

    @Test
    void signalsABrokenRingAndComesBackAfterResetDevice() {
        frontEnd.negotiate();
        setUp();
        enable(true);
        ring.setAvailableIndex(1000);
        kick.signal();
        assertThat(error.await(5000)).isPositive();
        assertThat(frontEnd.tell(Request.RESET_DEVICE, Message.payload(0))).isZero();
        assertThat(device.calls).contains("reset");
        ring = new DriverQueue(memory, 0x1000, 16);
        frontEnd.negotiate();
        setUp();
        enable(true);
        offer(3);
        expectEcho(3);
    }

    @Test
    void readsAndWritesConfigurationAndAnswersMistakesWithNoBytes() {
        frontEnd.negotiate();
        ConfigAccess all = new ConfigAccess(0, 0, new byte[60]);
        ConfigAccess got = ConfigAccess.decode(frontEnd.ask(Request.GET_CONFIG, all.encode()));
        assertThat(got.bytes()).hasSize(60);
        assertThat(got.bytes()[19]).isEqualTo((byte) 0x23);
        assertThat(got.bytes()[20]).as("beyond what the device has").isZero();
        ConfigAccess write = new ConfigAccess(3, 0, new byte[] {1, 2, 3, 4, 5, 6, 7});
        assertThat(frontEnd.tell(Request.SET_CONFIG, write.encode())).isZero();
        assertThat(device.config.get(2, 8)).isEqualTo(0x0706_0504_0302_0112L);
        assertThat(frontEnd.tell(Request.SET_CONFIG, new ConfigAccess(18, 0, new byte[3]).encode()))
                .isNotZero();
        assertThat(frontEnd.tell(Request.SET_CONFIG, new ConfigAccess(0, 1, new byte[3]).encode()))
                .isNotZero();
        assertThat(frontEnd.ask(Request.GET_CONFIG, all.encode().putInt(0, 250)).getInt(4))
                .isZero();
    }

    @Test
    void announcesConfigurationChangesOnTheSocketItWasGiven() {
        frontEnd.negotiate();
        device.host.configChanged(); // Nobody to tell yet.
        List<UnixSocket> pair = UnixSocket.pair("announcements");
        assertThat(frontEnd.tell(
                        Request.SET_BACKEND_REQ_FD,
                        Message.payload(0),
                        pair.get(1).fd()))
                .isZero();
        pair.get(1).close();
        try (Connection channel = new Connection(pair.get(0))) {
            device.host.configChanged();
            try (Message message = channel.receive(5000)) {
                assertThat(message.request()).isEqualTo(2);
                assertThat(message.isRequest()).isTrue();
                assertThat(message.payload().capacity()).isZero();
            }
            for (int i = 0; i < 100_000; i++) {
                device.host.configChanged(); // Never waits for a reader.
            }
        }
        device.host.configChanged();
        assertThat(frontEnd.tell(Request.SET_OWNER, Message.payload(0))).isZero();
    }

    @Test
    void refusesWithAnAcknowledgementAndGoesOn() throws Exception {
        frontEnd.negotiate();
        shareMemory();
        assertThat(frontEnd.tell(6, Message.u64(0))).as("SET_LOG_BASE").isNotZero();
        assertThat(frontEnd.tell(1000, Message.payload(0))).isNotZero();
        assertThat(frontEnd.tell(Request.SET_FEATURES, Message.u64(1L << 33 | 1L << 32)))
                .isNotZero();
        assertThat(frontEnd.tell(Request.SET_FEATURES, Message.u64(Feature.EVENT_IDX)))
                .as("without VERSION_1")
                .isNotZero();
        assertThat(frontEnd.tell(Request.SET_PROTOCOL_FEATURES, Message.u64(1L << 62)))
                .isNotZero();
        assertThat(frontEnd.tell(Request.SET_OWNER, Message.u64(1)))
                .as("payload")
                .isNotZero();
        assertThat(frontEnd.tell(Request.SET_OWNER, Message.payload(0), kick.fd()))
                .as("descriptor")
                .isNotZero();
        for (long size : new long[] {0, 3, 512, 0xffff_ffffL, 0x8000_0000L}) {
            assertThat(frontEnd.tell(Request.SET_VRING_NUM, new VringState(0, size).encode()))
                    .isNotZero();
        }
        assertThat(frontEnd.tell(Request.SET_VRING_NUM, new VringState(2, 16).encode()))
                .isNotZero();
        assertThat(frontEnd.tell(Request.SET_VRING_NUM, new VringState(-1, 16).encode()))
                .isNotZero();
        assertThat(frontEnd.tell(Request.SET_VRING_BASE, new VringState(0, 0x10000).encode()))
                .isNotZero();
        VringAddress outside = new VringAddress(0, 0, region.hostAddress() - 1, 0, 0, 0);
        assertThat(frontEnd.tell(Request.SET_VRING_ADDR, outside.encode())).isNotZero();
        assertThat(frontEnd.tell(Request.SET_VRING_KICK, Message.u64(0)))
                .as("no fd")
                .isNotZero();
        assertThat(frontEnd.tell(Request.SET_VRING_KICK, Message.u64(NO_FD)))
                .as("polling")
                .isNotZero();
        assertThat(frontEnd.tell(Request.SET_VRING_KICK, Message.u64(2), kick.fd()))
                .isNotZero();
        assertThat(frontEnd.tell(Request.SET_VRING_KICK, Message.u64(0x200), kick.fd()))
                .isNotZero();
        assertThat(frontEnd.tell(Request.SET_VRING_KICK, Message.u64(0), region.file()))
                .as("memfd")
                .isNotZero();
        assertThat(frontEnd.tell(Request.SET_VRING_CALL, Message.u64(0), served.socket.fd()))
                .as("socket")
                .isNotZero();
        assertThat(frontEnd.tell(Request.SET_BACKEND_REQ_FD, Message.payload(0), kick.fd()))
                .isNotZero();
        setUp();
        enable(true);
        offer(1);
        expectEcho(1);
        assertThat(frontEnd.tell(Request.SET_VRING_NUM, new VringState(0, 8).encode()))
                .as("while running")
                .isNotZero();
        assertThat(frontEnd.tell(Request.SET_FEATURES, Message.u64(Feature.VERSION_1)))
                .as("while running")
                .isNotZero();
    }

    @Test
    void refusesMemoryThatIsNotThere() throws Exception {
        frontEnd.negotiate();
        long before = OpenFds.count();
        MemoryTable.Region good = table().regions().get(0);
        for (MemoryTable.Region wrong : List.of(
                new MemoryTable.Region(0, good.size() + 1, good.userAddress(), 0),
                new MemoryTable.Region(0, good.size(), good.userAddress(), 4096),
                new MemoryTable.Region(0, 4096, good.userAddress(), 12),
                new MemoryTable.Region(0, Long.MAX_VALUE, 0, 0),
                new MemoryTable.Region(0, 1L << 60, good.userAddress(), 0))) {
            assertThat(frontEnd.tell(Request.SET_MEM_TABLE, new MemoryTable(List.of(wrong)).encode(), region.file()))
                    .as("%s", wrong)
                    .isNotZero();
        }
        assertThat(frontEnd.tell(Request.SET_MEM_TABLE, table().encode()))
                .as("no fd")
                .isNotZero();
        assertThat(frontEnd.tell(Request.SET_MEM_TABLE, table().encode(), region.file(), region.file()))
                .isNotZero();
        assertThat(frontEnd.tell(Request.SET_MEM_TABLE, table().encode(), kick.fd()))
                .as("eventfd")
                .isNotZero();
        try (Fd zero = Fd.open("/dev/zero", Fd.O_RDWR);
                Fd folder = Fd.open("/tmp", Fd.O_RDONLY);
                Fd readOnly = Fd.open("/proc/self/exe", Fd.O_RDONLY)) {
            MemoryTable page = new MemoryTable(List.of(new MemoryTable.Region(0, 4096, good.userAddress(), 0)));
            for (Fd wrong : List.of(zero, folder, readOnly, served.socket.fd())) {
                assertThat(frontEnd.tell(Request.SET_MEM_TABLE, page.encode(), wrong))
                        .as("%s", wrong)
                        .isNotZero();
            }
        }
        OpenFds.awaitAtMost(before);
        setUp();
        enable(true);
        offer(1);
        expectEcho(1);
    }

    @Test
    void takesUnsealedMemoryFromForeignersOnly() {
        int number = LibC.memfd_create(NativeBuffer.cString("unsealed"), 3);
        try (Fd unsealed = Fd.owning(ErrnoException.check(number, "memfd_create"), "unsealed")) {
            LibC.ftruncate(number, 1 << 20);
            MemoryTable table = new MemoryTable(List.of(new MemoryTable.Region(0, 1 << 20, 0x10000, 0)));
            frontEnd.negotiate();
            assertThat(frontEnd.tell(Request.SET_MEM_TABLE, table.encode(), unsealed))
                    .isZero();
            try (ServedDevice strict = new ServedDevice(new EchoDevice(), VhostUserServer.Memory.SEALED);
                    Fd sealed = Memfd.sealed("sealed", 1 << 20)) {
                RawFrontEnd ours = new RawFrontEnd(new Connection(strict.socket));
                ours.negotiate();
                assertThat(ours.tell(Request.SET_MEM_TABLE, table.encode(), unsealed))
                        .isNotZero();
                assertThat(ours.tell(Request.SET_MEM_TABLE, table.encode(), sealed))
                        .isZero();
            }
        }
    }

    @Test
    void hangsUpWhenThereIsNoOtherAnswer() {
        frontEnd.send(1000, Message.payload(0));
        assertThat(served.awaitEnd()).hasMessageContaining("request 1000");
        assertThat(frontEnd.connection.receive(5000)).isNull();
    }

    @Test
    void hangsUpOnAQuestionAboutAQueueThatIsNot() {
        frontEnd.negotiate();
        frontEnd.send(Request.GET_VRING_BASE.number(), new VringState(2, 0).encode());
        assertThat(served.awaitEnd()).hasMessageContaining("queue 2 of 2");
    }

    @Test
    void hangsUpOnTooManyDescriptors() {
        frontEnd.negotiate();
        Fd[] nine = new Fd[9];
        java.util.Arrays.fill(nine, kick.fd());
        frontEnd.send(Request.SET_OWNER.number(), Message.payload(0), nine);
        assertThat(served.awaitEnd()).hasMessageContaining("more than 8 descriptors");
    }

    @Test
    void leaksNothingOverManySessions() throws Exception {
        long before = -1;
        for (int i = 0; i < 30; i++) {
            try (ServedDevice again = new ServedDevice(new EchoDevice(), VhostUserServer.Memory.ANY)) {
                RawFrontEnd other = new RawFrontEnd(new Connection(again.socket));
                RawFrontEnd mine = frontEnd;
                frontEnd = other;
                ring = new DriverQueue(memory, 0x1000, 16);
                frontEnd.negotiate();
                setUp();
                enable(true);
                offer(i);
                expectEcho(i);
                frontEnd = mine;
            }
            if (i == 0) {
                before = OpenFds.count();
            }
        }
        // One descriptor a session would be 29 more; a few may be the JVM's or an earlier test's, still on their way.
        OpenFds.awaitAtMost(before + 10);
    }
}
