package crosvm.vmm.virtio.remote;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.Memfd;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.linux.OpenFds;
import crosvm.vmm.linux.jna.LibC;
import crosvm.vmm.vhostuser.Connection;
import crosvm.vmm.vhostuser.MemoryTable;
import crosvm.vmm.vhostuser.Message;
import crosvm.vmm.vhostuser.Request;
import crosvm.vmm.vhostuser.VringAddress;
import crosvm.vmm.vhostuser.VringState;
import crosvm.vmm.virtio.EchoDevice;
import crosvm.vmm.virtio.Feature;
import crosvm.vmm.virtio.host.VhostUserServer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Our back-end, and front-ends that make mistakes. */
@Timeout(120)
class VhostUserRefusalTest extends VhostUserServerFixture {
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
}
