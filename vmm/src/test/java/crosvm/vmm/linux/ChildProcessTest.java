package crosvm.vmm.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ChildProcessTest {

    private static ChildProcess shell(String script, List<Fd> descriptors) {
        return ChildProcess.start(
                "test", List.of("/bin/sh", "-c", script), Map.of("GREETING", "hello there"), descriptors);
    }

    @Test
    void handsOverDescriptorsInOrderArgumentsAndEnvironmentAndNothingElse() {
        try (Fd nothing = Fd.open("/dev/null", Fd.O_RDWR);
                Pipe out = Pipe.create("out");
                ChildProcess child = shell(
                        "echo \"$GREETING\" >&3; ls /proc/self/fd | wc -l >&3; trap >&3; readlink /proc/self/fd/0 >&3",
                        List.of(nothing, nothing, nothing, out.writer()))) {
            out.writer().close();
            ByteBuffer said = ByteBuffer.allocate(1000);
            FdChannel channel = FdChannel.over(out.reader().number(), "out");
            while (channel.read(said) >= 0) {
                // until the end
            }
            // ls has its own descriptor for the folder, and wc's pipe is its standard output.
            assertThat(new String(said.array(), 0, said.position(), StandardCharsets.UTF_8))
                    .isEqualTo("hello there\n5\n/dev/null\n");
            assertThat(child.await(5000)).isEqualTo(new ProcessExit(0, 0));
        }
    }

    @Test
    void tellsStatusAndSignalsApart() {
        try (ChildProcess exits = shell("exit 7", List.of());
                ChildProcess dies = shell("sleep 1000", List.of())) {
            assertThat(exits.await(5000)).hasToString("ended with status 7");
            assertThat(exits.await(0)).as("asked again").hasToString("ended with status 7");
            assertThat(dies.await(0)).isNull();
            dies.signal(ProcessExit.SIGTERM);
            assertThat(dies.await(5000)).hasToString("was ended by SIGTERM");
        }
    }

    @Test
    void leavesNoProcessBehindWhenClosed() {
        ChildProcess child = shell("trap '' TERM; exec sleep 1000", List.of());
        child.close();
        child.close();
        assertThat(java.nio.file.Path.of("/proc/" + child.pid())).doesNotExist();
        assertThat(child.pidFd().isOpen()).isFalse();
    }

    @Test
    void saysWhichProgramCannotBeStarted() {
        assertThatThrownBy(() -> ChildProcess.start("test", List.of("/nonexistent/program"), Map.of(), List.of()))
                .isInstanceOf(ErrnoException.class)
                .hasMessage("/nonexistent/program: start test: ENOENT (no such file or directory)");
    }
}
