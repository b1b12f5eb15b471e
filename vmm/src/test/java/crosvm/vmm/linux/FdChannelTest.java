package crosvm.vmm.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.vmm.linux.jna.LibC;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class FdChannelTest {
    private static final int F_SETPIPE_SZ = 1031;

    @TempDir
    Path folder;

    /** A FIFO's two ends; both non-blocking, as a shell's pipes can be. */
    private Fd[] pipe() throws Exception {
        Path path = folder.resolve("fifo");
        assertThat(new ProcessBuilder("mkfifo", path.toString()).start().waitFor())
                .isZero();
        Fd reader = Fd.open(path.toString(), Fd.O_RDONLY | Fd.O_NONBLOCK);
        Fd writer = Fd.open(path.toString(), Fd.O_WRONLY | Fd.O_NONBLOCK);
        LibC.fcntl(writer.number(), F_SETPIPE_SZ, 4096);
        return new Fd[] {reader, writer};
    }

    @Test
    void waitsOnNonBlockingDescriptorsBothWays() throws Exception {
        Fd[] ends = pipe();
        byte[] sent = new byte[300_000];
        for (int i = 0; i < sent.length; i++) {
            sent[i] = (byte) (i * 13 >> 2);
        }
        Thread writer = new Thread(() -> {
            assertThat(FdChannel.over(ends[1].number(), "writer").write(ByteBuffer.wrap(sent)))
                    .isEqualTo(sent.length);
            ends[1].close();
        });
        writer.start();
        FdChannel reader = FdChannel.over(ends[0].number(), "reader");
        ByteArrayOutputStream received = new ByteArrayOutputStream();
        ByteBuffer buffer = ByteBuffer.allocate(100_000);
        for (int got = reader.read(buffer); got >= 0; got = reader.read(buffer.clear())) {
            received.write(buffer.array(), 0, got);
        }
        writer.join();
        assertThat(received.toByteArray()).isEqualTo(sent);
        ends[0].close();
    }

    @Test
    void saysThatTheReaderIsGone() throws Exception {
        Fd[] ends = pipe();
        ends[0].close();
        try (Fd writer = ends[1]) {
            assertThatThrownBy(() -> FdChannel.over(writer.number(), "standard output")
                            .write(ByteBuffer.wrap("x".getBytes(StandardCharsets.US_ASCII))))
                    .hasMessage("standard output: write: EPIPE (broken pipe)");
        }
    }

    @Test
    void appendsToFilesPositionAfterPosition() throws Exception {
        Path path = folder.resolve("file");
        try (Fd file = Fd.open(path.toString(), Fd.O_WRONLY | Fd.O_CREAT)) {
            FdChannel channel = FdChannel.over(file.number(), "file");
            ByteBuffer middle = ByteBuffer.wrap("xhellox".getBytes(StandardCharsets.US_ASCII))
                    .position(1)
                    .limit(6);
            channel.write(middle);
            assertThat(middle.remaining()).isZero();
            channel.write(ByteBuffer.wrap(new byte[] {'!'}));
        }
        assertThat(Files.readString(path)).isEqualTo("hello!");
    }
}
