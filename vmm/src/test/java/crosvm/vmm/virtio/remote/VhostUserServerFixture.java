package crosvm.vmm.virtio.remote;

import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.in;
import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.out;
import static org.assertj.core.api.Assertions.assertThat;

import crosvm.vmm.event.EventFd;
import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.memory.GuestRegion;
import crosvm.vmm.vhostuser.Connection;
import crosvm.vmm.vhostuser.MemoryTable;
import crosvm.vmm.vhostuser.Message;
import crosvm.vmm.vhostuser.Request;
import crosvm.vmm.vhostuser.VringAddress;
import crosvm.vmm.vhostuser.VringState;
import crosvm.vmm.virtio.EchoDevice;
import crosvm.vmm.virtio.host.VhostUserServer;
import crosvm.vmm.virtio.queue.DriverQueue;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A device that our back-end serves, and a front-end that sends it single messages. */
abstract class VhostUserServerFixture {
    static final long SOURCE = 0x10000;
    static final long TARGET = 0x11000;
    static final int NO_FD = 0x100;

    final GuestMemory memory = GuestMemory.allocate(4 << 20);
    final GuestRegion region = memory.regions().get(0);
    final EchoDevice device = new EchoDevice();
    final EventFd kick = EventFd.create("kick");
    final EventFd call = EventFd.create("call");
    final EventFd error = EventFd.create("error");
    ServedDevice served;
    RawFrontEnd frontEnd;
    DriverQueue ring;

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

    MemoryTable table() {
        return new MemoryTable(
                List.of(new MemoryTable.Region(0, region.size(), region.hostAddress(), region.fileOffset())));
    }

    VringAddress addresses(DriverQueue queue) {
        long base = region.hostAddress();
        return new VringAddress(0, 0, base + queue.descriptors, base + queue.used, base + queue.available, 0);
    }

    void shareMemory() {
        assertThat(frontEnd.tell(Request.SET_MEM_TABLE, table().encode(), region.file()))
                .isZero();
    }

    /** In the order of QEMU, which sends the call last. */
    void setUp() {
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

    void enable(boolean on) {
        assertThat(frontEnd.tell(Request.SET_VRING_ENABLE, new VringState(0, on ? 1 : 0).encode()))
                .isZero();
    }

    void offer(int value) {
        memory.putU8(SOURCE, value);
        ring.setUsedEvent(ring.usedIndex());
        ring.offer(out(SOURCE, 1), in(TARGET, 1));
        kick.signal();
    }

    void expectEcho(int value) {
        assertThat(ring.awaitUsed()).isEqualTo(1);
        assertThat(memory.u8(TARGET)).isEqualTo(value + 1);
    }
}
