package crosvm.runner.instance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The figures of real machines, served to curl and to Debian's Prometheus. */
class MetricsKvmIT {
    /** Defines {@code serve}, which sets {@code url} and {@code server}, and {@code until}, which tries for a minute. */
    private static final String FUNCTIONS = """
            until_true() { n=0; until "$@"; do n=$((n + 1)); [ $n -lt 300 ] || { echo "gave up: $*"; return 1; }; sleep 0.2; done; }
            serve() {
              "$0" metrics --listen 0 2>served & server=$!
              until_true grep -sq serving served; url=$(sed -n 's/^crosvm: serving //p' served)
            }
            get() { /usr/bin/python3 -c '
            import sys, urllib.request, urllib.error
            try:
                answer = urllib.request.urlopen(urllib.request.Request(sys.argv[1], headers={"Accept": sys.argv[2]}), timeout=30)
                print("type", answer.headers["Content-Type"]); print(answer.read().decode(), end="")
            except urllib.error.HTTPError as e: print("status", e.code)' "$1" "${2:-*/*}"; }
            """;

    @TempDir
    private Path folder;

    @BeforeEach
    void writesSpecs() throws IOException {
        KvmMachines.assumeKvm();
        Files.write(folder.resolve("spin.kernel"), TinyKernel.elf(TinyKernel.SPIN));
        for (String name : new String[] {"a", "b"}) {
            Files.writeString(
                    folder.resolve(name + ".yaml"),
                    "name: " + name + "\nkernel: spin.kernel\nmemory: 32MiB\nsandbox: false\nrng: true\n");
        }
    }

    @AfterEach
    void endsWhatRuns() throws InterruptedException {
        KvmMachines.end(folder);
    }

    private String script(String script) throws Exception {
        return ShellScript.output(folder, FUNCTIONS + script);
    }

    @Test
    void servesAllMachinesAmongThemOneThatDoesNotAnswer() throws Exception {
        String output = script("\"$0\" up -d a.yaml b.yaml; serve; get \"$url\" application/openmetrics-text > open;"
                + " head -n 1 open; tail -n +2 open | /usr/bin/python3 -c 'import sys;"
                + " from prometheus_client.openmetrics.parser import text_string_to_metric_families as read;"
                + " print(sorted((s.labels[\"vm\"], s.value) for f in read(sys.stdin.read()) for s in f.samples"
                + " if s.name == \"crosvm_machine_up\"))';"
                + " get \"$url\" > plain; head -n 1 plain; tail -n +2 plain | promtool check metrics && echo checked;"
                + " get \"${url%/metrics}/x\"; \"$0\" metrics | tail -n 1;"
                + " kill -STOP $(\"$0\" ps --format json | sed -n 's/.*\"pid\": *\\([0-9]*\\).*/\\1/p' | head -n 1);"
                + " \"$0\" metrics --format prometheus | grep ^crosvm_machine_up; kill $server");
        assertThat(output)
                .containsSubsequence(
                        "type application/openmetrics-text; version=1.0.0; charset=utf-8",
                        "[('a', 1), ('b', 1)]",
                        "type text/plain; version=0.0.4; charset=utf-8\nchecked\n",
                        "status 404\n# EOF\n",
                        "crosvm_machine_up{vm=\"a\"} 0\ncrosvm_machine_up{vm=\"b\"} 1\n");
    }

    @Test
    void isScrapedByPrometheus() throws Exception {
        String output = script("\"$0\" up -d a.yaml b.yaml; serve;"
                + " printf 'scrape_configs:\\n- job_name: crosvm\\n  scrape_interval: 1s\\n  static_configs:\\n  - targets: [%s]\\n'"
                + "   \"$(echo \"$url\" | sed 's,http://,,; s,/metrics,,')\" > prometheus.yml;"
                + " prometheus --config.file=prometheus.yml --storage.tsdb.path=data --web.listen-address=127.0.0.1:0 2>log &"
                + " prometheus=$!; until_true grep -sq 'Listening on' log;"
                + " at=$(sed -n 's/.*Listening on\" address=//p' log | head -n 1);"
                + " answers() { get \"http://$at/api/v1/query?query=$1\" > answer; grep -q \"$2\" answer; };"
                + " until_true answers 'sum(crosvm_machine_up)' '\"2\"'; echo up $?;"
                + " until_true answers 'sum(crosvm_memory_bytes)' '\"67108864\"'; echo memory $?;"
                + " kill $prometheus $server; wait");
        assertThat(output).containsSubsequence("up 0", "memory 0");
    }

    @Test
    void saysWhyItCannotListen() throws Exception {
        assertThat(
                        script(
                                "serve; \"$0\" metrics --listen \"$(echo \"$url\" | sed 's,http://,,; s,/metrics,,')\"; echo $?; kill $server"))
                .contains(": cannot listen: Address already in use\n1\n");
    }
}
