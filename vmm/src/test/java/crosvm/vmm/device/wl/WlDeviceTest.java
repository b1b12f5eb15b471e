package crosvm.vmm.device.wl;

import static crosvm.vmm.device.wl.WlDriver.close;
import static crosvm.vmm.device.wl.WlDriver.newContext;
import static crosvm.vmm.device.wl.WlDriver.newMemory;
import static crosvm.vmm.device.wl.WlDriver.newPipe;
import static crosvm.vmm.device.wl.WlDriver.send;
import static crosvm.vmm.device.wl.WlDriver.words;
import static crosvm.vmm.device.wl.WlTraffic.PAGE_OF_DATA;
import static crosvm.vmm.device.wl.WlTraffic.connect;
import static crosvm.vmm.device.wl.WlTraffic.isHangUp;
import static crosvm.vmm.device.wl.WlTraffic.put;
import static crosvm.vmm.device.wl.WlTraffic.text;
import static org.assertj.core.api.Assertions.assertThat;

import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.Memfd;
import crosvm.vmm.linux.OpenFds;
import crosvm.vmm.linux.UnixSocket;
import crosvm.vmm.virtio.queue.DriverQueue.Buffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The guest's commands: what they make, and what they are refused. */
@Timeout(120)
class WlDeviceTest {
    @Test
    void allocatesSealedMemoryInWholePagesAndTellsWhere() {
        try (WlBench bench = new WlBench()) {
            ByteBuffer made = bench.command(newMemory(5, 4097));
            assertThat(made.capacity()).isEqualTo(32);
            assertThat(made.getInt(0)).isEqualTo(WlProtocol.RESP_VFD_NEW);
            assertThat(made.getInt(8)).isEqualTo(5);
            assertThat(made.getInt(12)).isEqualTo(WlProtocol.FLAG_WRITE | WlProtocol.FLAG_MAP);
            assertThat(made.getInt(24)).isEqualTo(8192);
            assertThat(bench.host.mapped).containsEntry(made.getLong(16) << 12, 8192L);
            assertThat(bench.plain(close(5))).isEqualTo(WlProtocol.RESP_OK);
            assertThat(bench.host.mapped).isEmpty();
            assertThat(bench.plain(close(5))).isEqualTo(WlProtocol.RESP_INVALID_ID);
        }
    }

    @Test
    void speaksTheLaterMeaningOfFlagsWhenAskedTo() throws InterruptedException {
        try (WlBench bench = new WlBench(WlProtocol.F_TRANS_FLAGS)) {
            assertThat(bench.command(newContext(1)).getInt(12)).isEqualTo(WlProtocol.FLAG_READ | WlProtocol.FLAG_WRITE);
            bench.host.accept().close();
        }
        try (WlBench bench = new WlBench()) {
            assertThat(bench.command(newContext(1)).getInt(12)).isEqualTo(WlProtocol.FLAG_CONTROL);
            bench.host.accept().close();
        }
    }

    @Test
    void answersEveryCommandOfABatchOnItsOwnChain() {
        try (WlBench bench = new WlBench()) {
            int[] expected = {
                WlProtocol.RESP_VFD_NEW,
                WlProtocol.RESP_INVALID_TYPE,
                WlProtocol.RESP_INVALID_ID,
                0x1105, // INVALID_CMD: ENOTTY, by which sommelier knows what this device does not have.
                WlProtocol.RESP_INVALID_TYPE,
                WlProtocol.RESP_VFD_NEW,
                WlProtocol.RESP_OK
            };
            ByteBuffer[] commands = {
                newMemory(1, 4096),
                words(WlProtocol.VFD_SEND, 0, 1, 29),
                close(9),
                words(77),
                words(WlProtocol.VFD_NEW),
                newMemory(2, 1),
                close(1)
            };
            for (int i = 0; i < commands.length; i++) {
                bench.memory.write(0x20_0000 + 4096L * i, commands[i].array(), 0, commands[i].capacity());
                bench.out.offer(
                        Buffer.out(0x20_0000 + 4096L * i, commands[i].capacity()),
                        Buffer.in(0x30_0000 + 4096L * i, 64));
            }
            bench.kickOut();
            for (int i = 0; i < commands.length; i++) {
                int length = bench.out.awaitUsed();
                assertThat(bench.out.usedId(i)).isEqualTo(2 * i);
                assertThat(length).isEqualTo(expected[i] == WlProtocol.RESP_VFD_NEW ? 32 : 4);
                assertThat(bench.memory.u32(0x30_0000 + 4096L * i))
                        .as("answer %d", i)
                        .isEqualTo(expected[i]);
            }
        }
    }

    @Test
    void refusesCountsAndLengthsThatDoNotAddUp() throws InterruptedException {
        try (WlBench bench = new WlBench();
                UnixSocket compositor = connect(bench, 1)) {
            for (int count : new int[] {29, 0x3fff_ffff, 0x4000_0000, -1, -4, Integer.MIN_VALUE}) {
                ByteBuffer command = send(1, new byte[200]).putInt(12, count);
                assertThat(bench.plain(command)).as("vfd_count %d", count).isEqualTo(WlProtocol.RESP_INVALID_TYPE);
            }
            assertThat(bench.plain(words(WlProtocol.VFD_SEND, 0, 1, 2, 1)))
                    .as("ids behind the message's end")
                    .isEqualTo(WlProtocol.RESP_INVALID_TYPE);
            bench.command(newMemory(2, 1));
            assertThat(bench.plain(send(1, new byte[0], 2)))
                    .as("vfds without a byte")
                    .isEqualTo(WlProtocol.RESP_INVALID_TYPE);
            assertThat(bench.plain(send(1, new byte[0]))).isEqualTo(WlProtocol.RESP_OK);
            assertThat(bench.plain(words(WlProtocol.VFD_SEND, 0, 1))).isEqualTo(WlProtocol.RESP_INVALID_TYPE);
            assertThat(bench.plain(newMemory(3, 0))).isEqualTo(WlProtocol.RESP_INVALID_TYPE);
            for (int size : new int[] {-1, -4096, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
                assertThat(bench.plain(newMemory(3, size))).isEqualTo(WlProtocol.RESP_OUT_OF_MEMORY);
            }
            assertThat(compositor.awaitReadable(0)).isFalse();
        }
    }

    @Test
    void keepsTheGuestsIdsApartFromTheHosts() throws InterruptedException {
        try (WlBench bench = new WlBench()) {
            for (int id : new int[] {WlProtocol.FIRST_HOST_ID, Integer.MAX_VALUE, -1, Integer.MIN_VALUE}) {
                assertThat(bench.plain(newMemory(id, 1))).isEqualTo(WlProtocol.RESP_INVALID_ID);
                assertThat(bench.plain(newContext(id))).isEqualTo(WlProtocol.RESP_INVALID_ID);
                assertThat(bench.plain(newPipe(id, 1))).isEqualTo(WlProtocol.RESP_INVALID_ID);
            }
            assertThat(bench.command(newMemory(WlProtocol.FIRST_HOST_ID - 1, 1)).getInt(0))
                    .isEqualTo(WlProtocol.RESP_VFD_NEW);
            assertThat(bench.plain(newMemory(WlProtocol.FIRST_HOST_ID - 1, 1))).isEqualTo(WlProtocol.RESP_INVALID_ID);
            assertThat(bench.plain(send(WlProtocol.FIRST_HOST_ID - 1, text("x"))))
                    .as("memory is no stream")
                    .isEqualTo(WlProtocol.RESP_INVALID_TYPE);
            assertThat(bench.host.poll()).isNull();
        }
    }

    /** The first driver's length for CLOSE was that of the header alone. */
    @Test
    void findsTheIdOfAShortCloseBehindIt() {
        try (WlBench bench = new WlBench()) {
            bench.command(newMemory(7, 1));
            bench.memory.write(0x20_0000, close(7).array(), 0, 12);
            bench.out.offer(Buffer.out(0x20_0000, 8), Buffer.in(0x30_0000, 8));
            bench.kickOut();
            assertThat(bench.out.awaitUsed()).isEqualTo(4);
            assertThat(bench.memory.u32(0x30_0000)).isEqualTo(WlProtocol.RESP_OK);
            assertThat(bench.host.mapped).isEmpty();

            long end = bench.memory.size();
            bench.memory.write(end - 8, close(7).array(), 0, 8);
            bench.out.offer(Buffer.out(end - 8, 8), Buffer.in(0x30_0000, 8));
            bench.kickOut();
            assertThat(bench.out.awaitUsed()).isEqualTo(4);
            assertThat(bench.memory.u32(0x30_0000))
                    .as("an id where memory ends")
                    .isEqualTo(WlProtocol.RESP_INVALID_TYPE);
            assertThat(bench.needsReset).isEmpty();
        }
    }

    @Test
    void limitsHowManyVfdsAGuestHas() throws InterruptedException {
        try (WlBench bench = new WlBench();
                UnixSocket compositor = connect(bench, 0)) {
            for (int id = 1; id < Vfds.MAX_VFDS; id++) {
                assertThat(bench.command(newMemory(id, 1)).getInt(0)).isEqualTo(WlProtocol.RESP_VFD_NEW);
            }
            assertThat(bench.plain(newMemory(Vfds.MAX_VFDS, 1))).isEqualTo(WlProtocol.RESP_OUT_OF_MEMORY);
            assertThat(bench.plain(newContext(Vfds.MAX_VFDS))).isEqualTo(WlProtocol.RESP_OUT_OF_MEMORY);
            try (Fd file = Memfd.sealed("one too many", 4096)) {
                put(compositor, "here", List.of(file));
            }
            bench.post(1, PAGE_OF_DATA);
            assertThat(isHangUp(bench.told(), 0)).isTrue();
            assertThat(bench.plain(close(1))).isEqualTo(WlProtocol.RESP_OK);
            assertThat(bench.command(newMemory(1, 1)).getInt(0)).isEqualTo(WlProtocol.RESP_VFD_NEW);
        }
    }

    @Test
    void forgetsWithAConnectionWhatCameOverItUnannounced() throws InterruptedException {
        try (WlBench bench = new WlBench();
                UnixSocket compositor = connect(bench, 1);
                Fd file = Memfd.sealed("file", 4096)) {
            put(compositor, "x", List.of(file, file));
            bench.post(1, PAGE_OF_DATA);
            assertThat(bench.told().getInt(0)).isEqualTo(WlProtocol.VFD_NEW);
            assertThat(bench.host.mapped).hasSize(2);
            assertThat(bench.plain(close(1))).isEqualTo(WlProtocol.RESP_OK);
            assertThat(bench.host.mapped).as("the one that was announced").hasSize(1);
        }
    }

    @Test
    void givesEverythingBackAtAResetAndCanBeUsedAgain() throws IOException, InterruptedException {
        try (WlBench bench = new WlBench()) {
            long before = OpenFds.count();
            for (int round = 0; round < 3; round++) {
                UnixSocket compositor = connect(bench, 1);
                bench.command(newMemory(2, 1));
                bench.command(newPipe(3, 1));
                put(compositor, "unread", List.of());
                bench.backend.reset();
                compositor.fd().close();
                assertThat(bench.host.mapped).isEmpty();
                OpenFds.awaitAtMost(before);
                bench.restart();
            }
        }
    }
}
