package crosvm.vmm.device.wl;

import static crosvm.vmm.device.wl.WlDriver.close;
import static crosvm.vmm.device.wl.WlDriver.newMemory;
import static crosvm.vmm.device.wl.WlDriver.send;
import static crosvm.vmm.device.wl.WlTraffic.PAGE_OF_DATA;
import static crosvm.vmm.device.wl.WlTraffic.connect;
import static crosvm.vmm.device.wl.WlTraffic.data;
import static crosvm.vmm.device.wl.WlTraffic.isHangUp;
import static crosvm.vmm.device.wl.WlTraffic.put;
import static crosvm.vmm.device.wl.WlTraffic.receive;
import static crosvm.vmm.device.wl.WlTraffic.text;
import static org.assertj.core.api.Assertions.assertThat;

import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.Memfd;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.linux.UnixSocket;
import crosvm.vmm.virtio.queue.DriverQueue.Buffer;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** When the guest posts no buffers, or the compositor does not read. */
@Timeout(120)
class WlBackpressureTest {
    @Test
    void stopsReadingTheCompositorWhenTheGuestPostsNoBuffers() throws InterruptedException {
        try (WlBench bench = new WlBench();
                UnixSocket compositor = connect(bench, 1)) {
            byte[] all = new byte[4 << 20];
            new Random(6).nextBytes(all);
            NativeBuffer data = NativeBuffer.allocate(all.length);
            data.bytes().put(0, all);
            bench.post(1, PAGE_OF_DATA);
            int sent = 0;
            for (int tries = 0;
                    tries < 20;
                    tries++) { // It takes what fits into one socket and one buffer, then no more.
                long now = compositor.send(data, sent, all.length - sent, List.of());
                sent += (int) Math.max(0, now);
                Thread.sleep(5);
            }
            assertThat(sent)
                    .as("taken from a compositor the guest does not listen to")
                    .isLessThan(1 << 20);
            int got = 0;
            ByteBuffer message = bench.told();
            while (true) {
                int length = message.capacity() - 16;
                for (int i = 0; i < length; i++) {
                    assertThat(message.get(16 + i)).isEqualTo(all[got + i]);
                }
                got += length;
                if (got == all.length) {
                    break;
                }
                bench.post(1, PAGE_OF_DATA);
                if (sent < all.length) {
                    sent += (int) Math.max(0, compositor.send(data, sent, all.length - sent, List.of()));
                }
                message = bench.told();
            }
        }
    }

    @Test
    void splitsWhatDoesNotFitAndGivesBackWhatIsTooSmall() throws InterruptedException {
        try (WlBench bench = new WlBench();
                UnixSocket compositor = connect(bench, 1);
                Fd file = Memfd.sealed("file", 4096)) {
            put(compositor, "0123456789", List.of(file));
            bench.post(1, 27);
            assertThat(bench.told().capacity()).as("no room for VFD_NEW").isZero();
            bench.post(1, 28);
            assertThat(bench.told().getInt(0)).isEqualTo(WlProtocol.VFD_NEW);
            bench.post(1, 20);
            assertThat(bench.told().capacity())
                    .as("no room for a byte behind the id")
                    .isZero();
            bench.post(1, 24);
            assertThat(data(bench.told(), 1, 1)).isEqualTo("0123");
            bench.post(2, 19);
            assertThat(data(bench.told(), 1, 0)).isEqualTo("456");
            assertThat(data(bench.told(), 1, 0)).isEqualTo("789");
        }
    }

    @Test
    void letsAMessageWaitThatTheHostDoesNotTakeWhileOthersGoOn() throws InterruptedException {
        try (WlBench bench = new WlBench();
                UnixSocket compositor = connect(bench, 1);
                UnixSocket other = connect(bench, 2)) {
            byte[] block = new byte[256 << 10];
            java.util.Arrays.fill(block, (byte) 'b');
            bench.command(newMemory(3, 1));
            bench.memory.write(0x20_0000, block, 0, block.length);
            int waiting = 0;
            for (int i = 0; i < 4; i++) { // A socket takes 200 KiB or so.
                bench.memory.write(0x1f_0000 + 64L * i, send(1, new byte[0], 3).array(), 0, 20);
                bench.memory.putU32(0x38_0000 + 4096L * i, 0);
                bench.out.offer(
                        Buffer.out(0x1f_0000 + 64L * i, 20),
                        Buffer.out(0x20_0000, block.length),
                        Buffer.in(0x38_0000 + 4096L * i, 64));
                waiting++;
            }
            bench.kickOut();
            bench.memory.write(0x3f_0000, send(2, text("elsewhere")).array(), 0, 25);
            bench.out.offer(Buffer.out(0x3f_0000, 25), Buffer.in(0x3f_1000, 4));
            bench.kickOut();
            assertThat(receive(other, new ArrayList<>())).isEqualTo("elsewhere");
            assertThat(bench.out.usedIndex()).as("answers by now").isLessThan(2 + 1 + waiting);

            List<Fd> fds = new ArrayList<>();
            int got = 0;
            while (got < waiting * block.length) {
                got += receive(compositor, fds).length();
            }
            assertThat(got).isEqualTo(waiting * block.length);
            assertThat(fds).as("the memory went with each").hasSize(waiting);
            fds.forEach(Fd::close);
            for (int i = 0; i < waiting + 1; i++) {
                bench.out.awaitUsed();
            }
            for (int i = 0; i < waiting; i++) {
                assertThat(bench.memory.u32(0x38_0000 + 4096L * i)).isEqualTo(WlProtocol.RESP_OK);
            }
        }
    }

    @Test
    void answersWhatWaitsWhenItsConnectionIsClosedAndTakesUpHeldCommands() throws InterruptedException {
        try (WlBench bench = new WlBench();
                UnixSocket compositor = connect(bench, 1)) {
            byte[] big = new byte[1 << 20];
            ByteBuffer command = send(1, big);
            bench.memory.write(0x20_0000, command.array(), 0, command.capacity());
            int many = VfdStreams.MAX_STALLED + 4;
            for (int i = 0; i < many; i++) {
                bench.out.offer(Buffer.out(0x20_0000, command.capacity()), Buffer.in(0x38_0000 + 64L * i, 64));
            }
            bench.kickOut();
            compositor.fd().close(); // Nobody takes anything any more.
            for (int i = 0; i < many; i++) {
                bench.out.awaitUsed();
                assertThat(bench.memory.u32(0x38_0000 + 64L * i)).isEqualTo(WlProtocol.RESP_INVALID_TYPE);
            }
            bench.post(1, PAGE_OF_DATA);
            assertThat(isHangUp(bench.told(), 1)).isTrue();
            assertThat(bench.plain(close(1))).isEqualTo(WlProtocol.RESP_OK);
        }
    }
}
