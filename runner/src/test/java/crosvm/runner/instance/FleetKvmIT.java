package crosvm.runner.instance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The life of several machines of one file, with guests of a few bytes. */
class FleetKvmIT extends TinyFleet {
    /** Waits until the machines are up, or down, of which ps lists so many. */
    private static final String AWAIT =
            "await() { i=0; while [ $(\"$0\" ps -q | wc -l) != $1 ] && [ $i -lt 600 ]; do sleep 0.1; i=$((i+1)); done; }\n";

    FleetKvmIT() {
        super(AWAIT);
    }

    @BeforeEach
    void writes() throws IOException {
        fleet("web: {replicas: 2, dependsOn: [db]}, db: {}");
    }

    private void fleet(String machines) throws IOException {
        Files.writeString(
                folder.resolve("vm.yaml"),
                "name: shop\ndefaults: {kernel: tiny.kernel, memory: 32MiB, sandbox: false, rng: false}\nmachines: {"
                        + machines + "}\n");
    }

    @Test
    void goesUpInOrderIsReachedByNamesConvergesAndGoesDownInReverse() throws Exception {
        String output = script("\"$0\" up -d; echo up $?; \"$0\" ps -q; \"$0\" stop web-2; \"$0\" up -d --format json;"
                + " \"$0\" restart --timeout 0 web-1; echo restart $?; \"$0\" logs web-1; echo;"
                + " \"$0\" down --rm; echo down $?; ls crosvm");
        assertThat(output)
                .containsSubsequence(
                        "shop-db: running, pid ",
                        "shop-web-1: running, pid ",
                        "shop-web-2: running, pid ",
                        "up 0\nshop-db\nshop-web-1\nshop-web-2\n");
        assertThat(output.lines().filter(line -> line.startsWith("{")))
                .satisfiesExactly(
                        line -> assertThat(line).contains("\"name\":\"shop-db\"", "\"started\":false"),
                        line -> assertThat(line).contains("\"name\":\"shop-web-1\"", "\"started\":false"),
                        line -> assertThat(line).contains("\"name\":\"shop-web-2\"", "\"started\":true"));
        assertThat(output)
                .containsSubsequence("shop-web-1: running, pid ", "restart 0\nR\n")
                .endsWith(
                        "shop-web-1: the guest powered off\nshop-web-2: the guest powered off\nshop-db: the guest powered off\ndown 0\n");
    }

    @Test
    void tellsOfMachinesThatTheFileHasNoMoreAndRemovesThemOnRequest() throws Exception {
        script("\"$0\" up -d");
        fleet("web: {dependsOn: [db]}, db: {memory: 48MiB}");
        String output = script("\"$0\" up -d; echo up $?; \"$0\" up -d --recreate --remove-orphans; echo up $?;"
                + " \"$0\" ps -a -q; \"$0\" down --timeout 0");
        assertThat(output)
                .containsSubsequence(
                        "crosvm: shop-web-1: is running, but " + folder + "/vm.yaml has no such machine",
                        "shop-db: is already running",
                        "memory: 32MiB -> 48MiB",
                        "up 1\n",
                        "crosvm: shop-web-1: taken down and removed",
                        "up 0\nshop-db\nshop-web\n")
                .as("it runs")
                .doesNotContain("shop-db: failed");
    }

    @Test
    void takesDownWhatItHasStartedWhenADependencyFails() throws Exception {
        fleet("job: {kernel: crash.kernel, dependsOn: [db]}, web: {dependsOn: {job: ended}}, db: {}");
        String output = script("\"$0\" up -d; echo up $?; \"$0\" ps -q");
        assertThat(output)
                .containsSubsequence(
                        "crosvm: shop-web: not started: it depends on shop-job: ", "status 33", "shop-db: taken down")
                .containsPattern("up (1|33)\n$");
    }

    @Test
    void startsAMachineOnceTheOneThatItNeedsIsReady() throws Exception {
        fleet("db: {ready: {console: R}}, web: {dependsOn: {db: ready}}");
        assertThat(script("\"$0\" up -d; echo up $?; \"$0\" ps -q; \"$0\" down --timeout 0"))
                .containsSubsequence("up 0\n", "shop-db\nshop-web\n");
        fleet("db: {ready: {console: never, within: 1s}}, web: {dependsOn: {db: ready}}");
        assertThat(script("\"$0\" up -d; echo up $?; \"$0\" ps -q"))
                .containsSubsequence(
                        "crosvm: shop-web: not started: it depends on shop-db: it is not ready: ",
                        "shop-db: taken down")
                .containsPattern("up 1\n$");
    }

    @Test
    void showsAllConsolesOnATerminalAndASignalEndsThemAndLeavesNothing() throws Exception {
        String output = script("\"$0\" up >out 2>err & pid=$!; await 3; kill -TERM $pid; wait $pid; echo up $?;"
                + " cat out; ls crosvm; cat err");
        assertThat(output)
                .containsSubsequence("up 143\n", "| R\n", "crosvm: taking the machines down")
                .contains("db    | R\n", "web-1 | R\n", "web-2 | R\n");
        assertThat(folder.resolve("crosvm")).isEmptyDirectory();
    }

    @Test
    void takesDownAfterCtrlCWhatDependsOnOthersBeforeThem() throws Exception {
        Files.write(folder.resolve("deaf.kernel"), TinyKernel.elf(TinyKernel.SPIN));
        fleet("db: {}, web: {dependsOn: [db], kernel: deaf.kernel}");
        // A shell has its background jobs ignore SIGINT. The one that depends goes only when it is stopped here; until
        // then the other one must be there whenever it
        // is.
        String output = script(
                "mkfifo keys; exec 3<>keys; env --default-signal=INT script -qefc \"$0 up\" /dev/null <keys >out 2>&1 & pid=$!; await 2;"
                        + " printf '\\003' >&3; i=0; until grep -q 'taking the machines down' out || [ $i -ge 600 ]; do sleep 0.1;"
                        + " i=$((i+1)); done; for i in 1 2 3 4 5; do echo $(\"$0\" ps -q); done; \"$0\" stop shop-web; wait $pid;"
                        + " echo up $?; \"$0\" ps -q; cat out");
        assertThat(output.lines().limit(5)).containsOnly("shop-db shop-web");
        assertThat(output).containsSubsequence("up 130\n", "^C", "crosvm: taking the machines down");
        assertThat(folder.resolve("crosvm")).isEmptyDirectory();
    }

    @Test
    void endsWithTheTerminalsProcessWhateverKillsIt() throws Exception {
        String output = script(
                "\"$0\" up >out 2>err & pid=$!; await 3; \"$0\" ps -q; kill -9 $pid; await 0; cat err; ls crosvm");
        assertThat(output).startsWith("shop-db\nshop-web-1\nshop-web-2\n");
        for (int i = 0;
                i < 600 && !new StateFolders(folder.resolve("crosvm")).folders().isEmpty();
                i++) {
            TimeUnit.MILLISECONDS.sleep(50); // Each removes its own folder as the last thing it does.
        }
        assertThat(folder.resolve("crosvm")).isEmptyDirectory();
        assertThat(script("\"$0\" up -d; echo up $?; \"$0\" down --timeout 0")).contains("up 0\n");
    }

    @Test
    void endsWithTheFirstStatusThatIsNotZero() throws Exception {
        fleet("bad: {kernel: crash.kernel}");
        String output = script("\"$0\" up; echo up $?; ls crosvm");
        assertThat(output).containsSubsequence("crosvm: shop-bad: the guest crashed", "up 33\n");
        assertThat(folder.resolve("crosvm")).isEmptyDirectory();
        assertThat(List.of(output.split("\n"))).last().isEqualTo("up 33");
    }
}
