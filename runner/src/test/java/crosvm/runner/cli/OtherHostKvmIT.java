package crosvm.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.runner.instance.KvmMachines;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A machine on another host, by ssh, from its start to its end. */
class OtherHostKvmIT {
    @TempDir
    private Path folder;

    @AfterEach
    void endsWhatRuns() throws InterruptedException {
        KvmMachines.end(folder.resolve("there/run"));
    }

    @Test
    void runsInTheBackgroundThereAndIsSeenAndEndedFromHere() throws Exception {
        KvmMachines.assumeKvm();
        SshdHost host = new SshdHost(folder);
        Files.writeString(host.here().resolve("vm.yaml"), "name: far\nkernel: {builtin: idle}\nmemory: 64MiB\n");
        Program.Result result = host.script("""
                $crosvm up -d --wait Idle; echo "up $?"; $crosvm ps -q; $crosvm status far; $crosvm logs far
                $crosvm console far </dev/null >seen & console=$!
                n=0; until grep -q Idle seen || [ $n = 300 ]; do n=$((n + 1)); sleep 0.1; done
                $crosvm down far; echo "down $?"; wait $console; echo "console $?"; $crosvm ps -q; echo end""");
        assertThat(result.out())
                .as(result.err())
                .containsSubsequence(
                        "running, pid ",
                        "up 0\nfar\n",
                        "state    running",
                        "Memory: 64 MiB",
                        "Idle until the power button is pressed.",
                        "far: the guest powered off",
                        "down 0\nconsole 0\nend\n");
        assertThat(Files.readString(host.here().resolve("seen"))).contains("Memory: 64 MiB");
    }
}
