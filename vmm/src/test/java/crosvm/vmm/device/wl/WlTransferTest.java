package crosvm.vmm.device.wl;

import static crosvm.vmm.device.wl.WlDriver.close;
import static crosvm.vmm.device.wl.WlDriver.newContext;
import static crosvm.vmm.device.wl.WlDriver.newMemory;
import static crosvm.vmm.device.wl.WlDriver.newPipe;
import static crosvm.vmm.device.wl.WlDriver.send;
import static crosvm.vmm.device.wl.WlTraffic.PAGE_OF_DATA;
import static crosvm.vmm.device.wl.WlTraffic.connect;
import static crosvm.vmm.device.wl.WlTraffic.data;
import static crosvm.vmm.device.wl.WlTraffic.isHangUp;
import static crosvm.vmm.device.wl.WlTraffic.put;
import static crosvm.vmm.device.wl.WlTraffic.readAll;
import static crosvm.vmm.device.wl.WlTraffic.receive;
import static crosvm.vmm.device.wl.WlTraffic.text;
import static crosvm.vmm.device.wl.WlTraffic.write;
import static org.assertj.core.api.Assertions.assertThat;

import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.FileType;
import crosvm.vmm.linux.Mapping;
import crosvm.vmm.linux.Memfd;
import crosvm.vmm.linux.Pipe;
import crosvm.vmm.linux.UnixSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Bytes and descriptors on their way between guest and compositor. */
@Timeout(120)
class WlTransferTest {
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
}
