package crosvm.runner.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.runner.report.FailedException;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.FdChannel;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.linux.Pipe;
import crosvm.vmm.linux.UnixSocket;
import crosvm.vmm.linux.VsockSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** With two ends of a Unix socket for host and guest. */
class VsockPipeTest {
    private final List<UnixSocket> pair = UnixSocket.pair("host and guest");
    private final VsockSocket host = VsockSocket.owning(pair.get(0).fd());
    private final UnixSocket guest = pair.get(1);
    private final FdChannel guestEnd = channel(guest.fd());
    private final Pipe in = Pipe.create("input");
    private final Pipe out = Pipe.create("output");

    private static FdChannel channel(Fd fd) {
        return FdChannel.over(fd.number(), fd.name());
    }

    private static void write(FdChannel to, String text) {
        to.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    /** Until the end of the stream. */
    private static String readAll(FdChannel from) {
        StringBuilder text = new StringBuilder();
        ByteBuffer piece = ByteBuffer.allocate(4096);
        while (from.read(piece.clear()) >= 0) {
            text.append(StandardCharsets.UTF_8.decode(piece.flip()));
        }
        return text.toString();
    }

    private CompletableFuture<Void> running() {
        return CompletableFuture.runAsync(
                () -> VsockPipe.run(host, in.reader().number(), out.writer().number()));
    }

    @AfterEach
    void closes() {
        host.close();
        guest.close();
        List.of(in.reader(), in.writer(), out.reader(), out.writer()).forEach(Fd::close);
    }

    @Test
    void passesOnTheEndOfInputAndThenTheGuestsAnswer() throws Exception {
        CompletableFuture<Void> pipe = running();
        write(channel(in.writer()), "question");
        in.writer().close();
        assertThat(readAll(guestEnd)).isEqualTo("question");
        write(guestEnd, "answer");
        guest.shutdown();
        pipe.get(60, TimeUnit.SECONDS);
        out.writer().close();
        assertThat(readAll(channel(out.reader()))).isEqualTo("answer");
    }

    @Test
    void endsWithTheGuestThoughNothingIsTyped() throws Exception {
        CompletableFuture<Void> pipe = running();
        guest.shutdown();
        pipe.get(60, TimeUnit.SECONDS);
        assertThat(pipe).isCompleted();
    }

    @Test
    void endsWhenNobodyReadsAnyMore() throws Exception {
        CompletableFuture<Void> pipe = running();
        out.reader().close();
        write(guestEnd, "flood");
        pipe.get(60, TimeUnit.SECONDS);
        assertThat(pipe).isCompleted();
    }

    @Test
    void passesTheConnectionAsADescriptor() {
        List<UnixSocket> output = UnixSocket.pair("standard output");
        List<Fd> received = new ArrayList<>();
        try {
            VsockPipe.pass(host, output.get(0).fd().number());
            assertThat(output.get(1).receive(NativeBuffer.allocate(1), 0, 1, received))
                    .isEqualTo(1);
            assertThat(received).hasSize(1);
            write(channel(received.get(0)), "over it");
            received.get(0).close();
            host.close();
            assertThat(readAll(guestEnd)).isEqualTo("over it");
        } finally {
            received.forEach(Fd::close);
            output.forEach(UnixSocket::close);
        }
    }

    @Test
    void saysWhatFdpassIsForWhenOutputIsNotASocket() {
        assertThatThrownBy(() -> VsockPipe.pass(host, out.writer().number()))
                .isInstanceOf(FailedException.class)
                .hasMessageContaining("ENOTSOCK")
                .hasMessageContaining("ProxyUseFdpass");
    }
}
