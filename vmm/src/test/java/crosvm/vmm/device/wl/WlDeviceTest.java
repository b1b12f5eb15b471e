package crosvm.vmm.device.wl;

import static crosvm.vmm.device.wl.WlDriver.close;
import static crosvm.vmm.device.wl.WlDriver.newContext;
import static crosvm.vmm.device.wl.WlDriver.newMemory;
import static crosvm.vmm.device.wl.WlDriver.newPipe;
import static crosvm.vmm.device.wl.WlDriver.send;
import static crosvm.vmm.device.wl.WlDriver.words;
import static org.assertj.core.api.Assertions.assertThat;

import crosvm.vmm.linux.Errno;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.FileType;
import crosvm.vmm.linux.IoVectors;
import crosvm.vmm.linux.Mapping;
import crosvm.vmm.linux.Memfd;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.linux.OpenFds;
import crosvm.vmm.linux.Pipe;
import crosvm.vmm.linux.UnixSocket;
import crosvm.vmm.virtio.queue.DriverQueue.Buffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class WlDeviceTest {
    private static final int PAGE_OF_DATA = 4096;

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
    void carriesBytesAndMemoryToTheCompositorAndBytesBackInOrder() throws InterruptedException {
        try (WlBench bench = new WlBench();
                UnixSocket compositor = connect(bench, 1)) {
            bench.command(newMemory(2, 4096));
            assertThat(bench.plain(send(1, text("first"), 2, 2))).isEqualTo(WlProtocol.RESP_OK);
            assertThat(bench.plain(send(1, text("second")))).isEqualTo(WlProtocol.RESP_OK);
            List<Fd> fds = new ArrayList<>();
            assertThat(receive(compositor, fds)).isEqualTo("first");
            assertThat(receive(compositor, fds)).isEqualTo("second");
            assertThat(fds).hasSize(2).allSatisfy(fd -> {
                assertThat(FileType.sizeOf(fd)).isEqualTo(4096);
                assertThat(Memfd.isSealedAgainstShrinking(fd)).isTrue();
            });
            fds.forEach(Fd::close);

            bench.post(3, PAGE_OF_DATA);
            put(compositor, "one", List.of());
            assertThat(data(bench.told(), 1, 0)).isEqualTo("one");
            put(compositor, "two", List.of());
            assertThat(data(bench.told(), 1, 0)).isEqualTo("two");
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
    void announcesReceivedMemoryBeforeTheMessageThatBringsIt() throws InterruptedException {
        try (WlBench bench = new WlBench();
                UnixSocket compositor = connect(bench, 1);
                Fd keymap = Memfd.sealed("keymap", 5000)) {
            bench.post(4, PAGE_OF_DATA);
            put(compositor, "keymap", List.of(keymap, keymap));
            ByteBuffer first = bench.told();
            assertThat(first.getInt(0)).isEqualTo(WlProtocol.VFD_NEW);
            assertThat(first.getInt(8)).isEqualTo(WlProtocol.FIRST_HOST_ID);
            assertThat(first.getInt(12)).isEqualTo(WlProtocol.FLAG_WRITE | WlProtocol.FLAG_MAP);
            assertThat(first.getInt(24)).isEqualTo(8192);
            assertThat(bench.host.mapped).containsKey(first.getLong(16) << 12);
            ByteBuffer second = bench.told();
            assertThat(second.getInt(8)).isEqualTo(WlProtocol.FIRST_HOST_ID + 1);
            ByteBuffer message = bench.told();
            assertThat(data(message, 1, 2)).isEqualTo("keymap");
            assertThat(message.getInt(16)).isEqualTo(WlProtocol.FIRST_HOST_ID);
            assertThat(message.getInt(20)).isEqualTo(WlProtocol.FIRST_HOST_ID + 1);
            assertThat(bench.plain(close(WlProtocol.FIRST_HOST_ID))).isEqualTo(WlProtocol.RESP_OK);
            assertThat(bench.host.mapped).hasSize(1);
        }
    }

    /** Its owner could take pages away from under the guest by truncating it. */
    @Test
    void showsTheGuestACopyOfAFileThatCanBeTruncated(@TempDir Path folder) throws IOException, InterruptedException {
        Path file = Files.write(folder.resolve("keymap"), "a keymap".getBytes(StandardCharsets.UTF_8));
        try (WlBench bench = new WlBench();
                UnixSocket compositor = connect(bench, 1);
                Fd keymap = Fd.open(file.toString(), Fd.O_RDONLY)) {
            bench.post(2, PAGE_OF_DATA);
            put(compositor, "k", List.of(keymap));
            ByteBuffer made = bench.told();
            assertThat(made.getInt(24)).isEqualTo(4096);
            bench.told();
            assertThat(bench.plain(send(1, text("back"), made.getInt(8)))).isEqualTo(WlProtocol.RESP_OK);
            List<Fd> fds = new ArrayList<>();
            receive(compositor, fds);
            assertThat(Memfd.isSealedAgainstShrinking(fds.get(0))).isTrue();
            try (Mapping copy = Mapping.shared(fds.get(0), 0, 4096)) {
                byte[] start = new byte[9];
                copy.buffer(0, 9).get(0, start);
                assertThat(new String(start, StandardCharsets.UTF_8)).isEqualTo("a keymap\0");
            }
            fds.forEach(Fd::close);
        }
    }

    @Test
    void keepsInStepWithDescriptorsThatAreNoMemory() throws InterruptedException {
        try (WlBench bench = new WlBench();
                UnixSocket compositor = connect(bench, 1);
                Pipe pipe = Pipe.create("paste");
                Fd nothing = Fd.open("/dev/null", Fd.O_RDWR)) {
            bench.post(8, PAGE_OF_DATA);
            put(compositor, "paste", List.of(pipe.writer(), nothing));
            int paste = bench.told().getInt(8);
            ByteBuffer opaque = bench.told();
            assertThat(opaque.getInt(12))
                    .as("flags of what can only be passed on")
                    .isZero();
            assertThat(data(bench.told(), 1, 2)).isEqualTo("paste");

            assertThat(bench.plain(send(paste, text("clipboard")))).isEqualTo(WlProtocol.RESP_OK);
            assertThat(bench.plain(close(paste))).isEqualTo(WlProtocol.RESP_OK);
            pipe.writer().close();
            assertThat(readAll(pipe.reader())).isEqualTo("clipboard");
            assertThat(bench.plain(send(1, text("x"), opaque.getInt(8)))).isEqualTo(WlProtocol.RESP_OK);
            List<Fd> fds = new ArrayList<>();
            receive(compositor, fds);
            assertThat(fds).hasSize(1);
            fds.forEach(Fd::close);
        }
    }

    @Test
    void carriesTheGuestsPipesBothWaysAndTellsOfTheirEnds() throws InterruptedException {
        try (WlBench bench = new WlBench();
                UnixSocket compositor = connect(bench, 1)) {
            bench.post(8, PAGE_OF_DATA);
            assertThat(bench.command(newPipe(2, WlProtocol.FLAG_READ)).getInt(0))
                    .isEqualTo(WlProtocol.RESP_VFD_NEW);
            assertThat(bench.command(newPipe(3, WlProtocol.FLAG_WRITE)).getInt(0))
                    .isEqualTo(WlProtocol.RESP_VFD_NEW);
            assertThat(bench.plain(newPipe(4, 3))).isEqualTo(WlProtocol.RESP_INVALID_FLAGS);
            assertThat(bench.plain(newPipe(4, 0))).isEqualTo(WlProtocol.RESP_INVALID_FLAGS);
            assertThat(bench.plain(send(1, text("pipes"), 2, 3))).isEqualTo(WlProtocol.RESP_OK);
            assertThat(bench.plain(send(1, text("again"), 2))).isEqualTo(WlProtocol.RESP_INVALID_TYPE);
            List<Fd> fds = new ArrayList<>();
            receive(compositor, fds);
            assertThat(bench.plain(send(3, text("from the guest")))).isEqualTo(WlProtocol.RESP_OK);
            assertThat(bench.plain(send(2, text("wrong way")))).isEqualTo(WlProtocol.RESP_INVALID_TYPE);
            write(fds.get(0), "from the host");
            assertThat(data(bench.told(), 2, 0)).isEqualTo("from the host");
            fds.get(0).close();
            assertThat(isHangUp(bench.told(), 2)).isTrue();
            assertThat(bench.plain(close(3))).isEqualTo(WlProtocol.RESP_OK);
            assertThat(readAll(fds.get(1))).isEqualTo("from the guest");
            fds.get(1).close();
        }
    }

    @Test
    void tellsWhenNobodyReadsAPipeAnyMore() throws InterruptedException {
        try (WlBench bench = new WlBench();
                UnixSocket compositor = connect(bench, 1)) {
            bench.post(2, PAGE_OF_DATA);
            bench.command(newPipe(2, WlProtocol.FLAG_WRITE));
            bench.plain(send(1, text("pipe"), 2));
            List<Fd> fds = new ArrayList<>();
            receive(compositor, fds);
            fds.get(0).close();
            assertThat(isHangUp(bench.told(), 2)).isTrue();
            assertThat(bench.plain(send(2, text("late")))).isEqualTo(WlProtocol.RESP_INVALID_TYPE);
        }
    }

    @Test
    void tellsOfTheCompositorsEndAfterWhatItSaidLast() throws InterruptedException {
        try (WlBench bench = new WlBench();
                UnixSocket compositor = connect(bench, 1)) {
            put(compositor, "last words", List.of());
            compositor.fd().close();
            bench.post(2, PAGE_OF_DATA);
            assertThat(data(bench.told(), 1, 0)).isEqualTo("last words");
            assertThat(isHangUp(bench.told(), 1)).isTrue();
            assertThat(bench.plain(send(1, text("anybody?")))).isEqualTo(WlProtocol.RESP_INVALID_TYPE);
            bench.host.compositorIsGone = true;
            assertThat(bench.plain(newContext(2))).isEqualTo(WlProtocol.RESP_ERR);
            assertThat(bench.plain(close(1))).isEqualTo(WlProtocol.RESP_OK);
            assertThat(bench.needsReset).isEmpty();
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

    private static UnixSocket connect(WlBench bench, int id) throws InterruptedException {
        ByteBuffer answer = bench.command(newContext(id));
        assertThat(answer.getInt(0)).isEqualTo(WlProtocol.RESP_VFD_NEW);
        return bench.host.accept();
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static void put(UnixSocket socket, String text, List<Fd> fds) {
        NativeBuffer data = NativeBuffer.allocate(text.length());
        data.bytes().put(text(text));
        assertThat(socket.send(data, 0, text.length(), fds)).isEqualTo(text.length());
    }

    private static String receive(UnixSocket socket, List<Fd> fds) {
        NativeBuffer data = NativeBuffer.allocate(1 << 20);
        assertThat(socket.awaitReadable(10_000)).isTrue();
        long got = socket.receive(data, 0, data.size(), fds);
        assertThat(got).isPositive();
        byte[] bytes = new byte[(int) got];
        data.bytes().get(0, bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** The data of a VFD_RECV. */
    private static String data(ByteBuffer message, int id, int ids) {
        assertThat(message.getInt(0)).isEqualTo(WlProtocol.VFD_RECV);
        assertThat(message.getInt(8)).isEqualTo(id);
        assertThat(message.getInt(12)).isEqualTo(ids);
        int head = 16 + 4 * ids;
        return new String(message.array(), head, message.capacity() - head, StandardCharsets.UTF_8);
    }

    private static boolean isHangUp(ByteBuffer message, int id) {
        return message.capacity() == 12 && message.getInt(0) == WlProtocol.VFD_HUP && message.getInt(8) == id;
    }

    private static void write(Fd to, String text) {
        NativeBuffer data = NativeBuffer.allocate(text.length());
        data.bytes().put(text(text));
        IoVectors vectors = new IoVectors(1);
        vectors.add(data.address(), text.length());
        assertThat(vectors.write(to)).isEqualTo(text.length());
    }

    /** What the pipe has until its end. */
    private static String readAll(Fd from) {
        StringBuilder all = new StringBuilder();
        NativeBuffer data = NativeBuffer.allocate(4096);
        while (true) {
            IoVectors vectors = new IoVectors(1);
            vectors.add(data.address(), data.size());
            long got = vectors.read(from);
            if (got == -Errno.EAGAIN.code()) {
                continue;
            }
            if (got <= 0) {
                return all.toString();
            }
            byte[] bytes = new byte[(int) got];
            data.bytes().get(0, bytes);
            all.append(new String(bytes, StandardCharsets.UTF_8));
        }
    }
}
