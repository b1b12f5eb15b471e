package crosvm.runner.instance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code crosvm events} beside real machines. */
class EventsKvmIT {
    @TempDir
    private Path folder;

    @BeforeEach
    void writesSpecs() throws IOException {
        KvmMachines.assumeKvm();
        Files.write(folder.resolve("spin.kernel"), TinyKernel.elf(TinyKernel.SPIN));
        for (String name : List.of("a", "b")) {
            Files.writeString(
                    folder.resolve(name + ".yaml"),
                    "name: " + name + "\nkernel: spin.kernel\nmemory: 32MiB\nsandbox: false\n");
        }
    }

    @AfterEach
    void endsWhatRuns() throws InterruptedException {
        KvmMachines.end(folder);
    }

    @Test
    void tellsWhatHappensToMachinesUntilItIsEnded() throws Exception {
        String output = ShellScript.output(folder, """
                seen() { n=0; until grep -qs "$1" events; do n=$((n + 1)); [ $n -lt 600 ] || { echo "gave up: $1"; return; }; sleep 0.1; done; }
                "$0" up -d a.yaml; "$0" events > events & events=$!
                seen '"a","event":"present","state":"running"'
                "$0" up -d b.yaml; seen '"b","event":"running"'
                "$0" suspend b; seen '"b","event":"suspended"'
                "$0" resume b; seen '"b","event":"resumed"'
                "$0" stop b; seen '"b","event":"ended"'
                "$0" rm b; seen '"b","event":"removed"'
                kill -9 $("$0" ps --format json | sed -n 's/.*"pid": *\\([0-9]*\\).*/\\1/p'); seen '"a","event":"ended"'
                (sleep 100 | "$0" up b.yaml > foreground 2>&1) & seen '"b","event":"running".*"restarts":0'
                n=0; until [ "$(grep -c '"b","event":"running"' events)" = 2 ]; do n=$((n + 1)); [ $n -lt 600 ] || break; sleep 0.1; done
                "$0" stop b; n=0; until [ "$(grep -c '"b","event":"ended"' events)" = 2 ]; do n=$((n + 1)); [ $n -lt 600 ] || break; sleep 0.1; done
                kill $events; cat events
                """);
        assertThat(output)
                .containsSubsequence(
                        "\"machine\":\"a\",\"event\":\"present\",\"state\":\"running\",\"pid\":",
                        "\"machine\":\"b\",\"event\":\"running\",\"pid\":",
                        "\"machine\":\"b\",\"event\":\"suspended\",",
                        "\"machine\":\"b\",\"event\":\"resumed\",",
                        "\"machine\":\"b\",\"event\":\"ended\",\"status\":0,\"cause\":\"it was stopped\"}",
                        "\"machine\":\"b\",\"event\":\"removed\"}",
                        "\"machine\":\"a\",\"event\":\"ended\",\"status\":1,\"cause\":\"its process died without",
                        "\"machine\":\"b\",\"event\":\"running\",\"pid\":",
                        "\"machine\":\"b\",\"event\":\"ended\",\"status\":0,\"cause\":\"it was stopped\"}")
                .doesNotContain("gave up");
    }
}
