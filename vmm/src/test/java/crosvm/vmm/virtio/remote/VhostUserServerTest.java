package crosvm.vmm.virtio.remote;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.vmm.event.EventFd;
import crosvm.vmm.linux.OpenFds;
import crosvm.vmm.linux.UnixSocket;
import crosvm.vmm.vhostuser.ConfigAccess;
import crosvm.vmm.vhostuser.Connection;
import crosvm.vmm.vhostuser.Message;
import crosvm.vmm.vhostuser.ProtocolFeature;
import crosvm.vmm.vhostuser.Request;
import crosvm.vmm.vhostuser.VringState;
import crosvm.vmm.virtio.EchoDevice;
import crosvm.vmm.virtio.Feature;
import crosvm.vmm.virtio.host.VhostUserServer;
import crosvm.vmm.virtio.queue.DriverQueue;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Our back-end, message by message, as front-ends that are not ours send them. */
@Timeout(120)
class VhostUserServerTest extends VhostUserServerFixture {
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
