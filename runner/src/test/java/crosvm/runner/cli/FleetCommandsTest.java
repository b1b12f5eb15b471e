package crosvm.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How commands take a file of several machines and names in it. */
@Timeout(60)
class FleetCommandsTest {
    @TempDir
    private Path folder;

    private Path shop;
    private Path file;

    @BeforeEach
    void writes() throws IOException {
        shop = Files.createDirectory(folder.resolve("shop"));
        file = Files.writeString(shop.resolve("vm.yaml"), """
                defaults: {kernel: {builtin: hello}, memory: 32MiB}
                machines:
                  web: {replicas: 2, dependsOn: [db]}
                  db: {memory: 48MiB}
                """);
    }

    private Run run(String... words) {
        return Run.with(Map.of("XDG_RUNTIME_DIR", folder.toString()), words);
    }

    @Test
    void showsTheEffectiveFleetAsAFileOfTheSameMachines() throws IOException {
        Run config = run("config", file.toString());
        assertThat(config.err()).isEmpty();
        assertThat(config.out())
                .startsWith("name: shop\nmachines:\n  db:\n")
                .contains("  web-2:\n", "dependsOn:\n      db: started");
        Path again = Files.writeString(shop.resolve("again.yaml"), config.out());
        assertThat(run("config", again.toString()).out()).isEqualTo(config.out());
        assertThat(run("lint", again.toString()).out()).isEqualTo("1 file, 0 errors, 0 warnings\n");
        assertThat(run("config", "--hash", again.toString()).out())
                .isEqualTo(run("config", "--hash", file.toString()).out());
        assertThat(run("config", file.toString(), "web-1").out())
                .contains("web-1:")
                .doesNotContain("web-2:", "db:");
    }

    @Test
    void tellsWhereEachValueComesFrom() throws IOException {
        Path more = Files.writeString(shop.resolve("big.yaml"), "machines: {db: {memory: 64MiB}}\n");
        assertThat(run("config", "--provenance", file.toString(), "--set", "machines.db.cpus=2")
                        .out())
                .containsPattern("machines\\.web-1\\.memory +32MiB +\\S+vm.yaml:1\n")
                .containsPattern("machines\\.db\\.memory +48MiB +\\S+vm.yaml:4\n")
                .containsPattern("machines\\.db\\.cpus +2 +--set machines.db.cpus\n");
        assertThat(run("config", "--provenance", file.toString(), more.toString())
                        .out())
                .as("files of one fleet are laid over each other")
                .containsPattern("machines\\.db\\.memory +64MiB +\\S+big.yaml:1\n");
        assertThat(run("lint", file.toString(), more.toString()).out()).isEqualTo("2 files, 0 errors, 0 warnings\n");
    }

    @Test
    void checksWhatUpWouldStart() {
        Run all = run("up", "--check", file.toString());
        assertThat(all.out().lines())
                .containsExactly("shop-db: can be started", "shop-web-1: can be started", "shop-web-2: can be started");
        assertThat(run("up", "--check", file.toString(), "web-2").out().lines())
                .containsExactly("shop-db: can be started", "shop-web-2: can be started");
        assertThat(run("up", "--check", "--no-deps", file.toString(), "web-2").out())
                .isEqualTo("shop-web-2: can be started\n");
    }

    @Test
    void takesTheFileOrNamesInItWhereMachinesAreMeant() throws IOException {
        StateFile.ended(folder, "shop-db", 0, "the guest powered off");
        StateFile.ended(folder, "shop-web-1", 33, "the guest crashed");
        StateFile.ended(folder, "shop-web-2", 0, "the guest powered off");
        StateFile.ended(folder, "other", 0, "the guest powered off");
        assertThat(run("wait", "--format", "json", file.toString()).out().lines())
                .satisfiesExactly(
                        line -> assertThat(line).startsWith("{\"name\":\"shop-db\""),
                        line -> assertThat(line).startsWith("{\"name\":\"shop-web-1\""),
                        line -> assertThat(line).startsWith("{\"name\":\"shop-web-2\""));
        assertThat(run("wait", file.toString(), "web-1").status()).isEqualTo(33);
        assertThat(run("wait", file.toString(), "db").status()).isZero();
        assertThat(run("ps", "-a", "-q", file.toString()).out()).isEqualTo("shop-db\nshop-web-1\nshop-web-2\n");
        assertThat(run("ps", "-a", "-q", file.toString(), "web").out()).isEqualTo("shop-web-1\nshop-web-2\n");
        assertThat(run("down", "--format", "json", file.toString()).out().lines())
                .as("what depends on another goes down before it")
                .satisfiesExactly(
                        line -> assertThat(line).startsWith("{\"name\":\"shop-web-1\""),
                        line -> assertThat(line).startsWith("{\"name\":\"shop-web-2\""),
                        line -> assertThat(line).startsWith("{\"name\":\"shop-db\""));
        assertThat(run("rm", file.toString(), "web").out()).isEqualTo("shop-web-1: removed\nshop-web-2: removed\n");
        assertThat(run("ps", "-a", "-q").out()).isEqualTo("other\nshop-db\n");
        assertThat(run("console", file.toString()).err())
                .contains("holds several machines; name one of them: shop-db, shop-web-1, shop-web-2");
    }

    /** Each answers only once both have been asked. */
    @Test
    void asksMachinesThatGoDownTogetherAtTheSameTime() throws IOException {
        CountDownLatch asked = new CountDownLatch(2);
        try (FakeMachine one = goesDownWithOthers("shop-web-1", asked);
                FakeMachine two = goesDownWithOthers("shop-web-2", asked)) {
            Run down = run("down", file.toString(), "web");
            assertThat(down.out()).isEqualTo("shop-web-1: the guest powered off\nshop-web-2: the guest powered off\n");
            assertThat(down.status()).isZero();
            assertThat(one.asked()).isEqualTo(two.asked()).containsExactly("wait");
        }
        assertThat(asked.getCount()).isZero();
    }

    private FakeMachine goesDownWithOthers(String name, CountDownLatch asked) throws IOException {
        Path state = StateFile.running(folder, name).resolve("state.json");
        return new FakeMachine(state.resolveSibling("control.sock"), Map.of(), () -> {
            asked.countDown();
            try {
                if (asked.await(30, TimeUnit.SECONDS)) {
                    Files.delete(state);
                }
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    @Test
    void leavesMachinesThatHaveNeverRunOutOfTheWholeFile() throws IOException {
        Files.writeString(file, "  debug: {profiles: [debug]}\n", StandardOpenOption.APPEND);
        StateFile.ended(folder, "shop-db", 0, "the guest powered off");
        StateFile.ended(folder, "shop-web-1", 0, "the guest powered off");
        for (String command : List.of("wait", "down", "stop", "logs", "rm")) {
            Run run = run(command, file.toString());
            assertThat(run.err()).as(command).doesNotContain("shop-web-2", "shop-debug");
        }
        assertThat(run("ps", "-a", "-q").out()).isEmpty();
        assertThat(run("wait", file.toString()).err())
                .contains("shop-db: no machine of that name has run", "shop-web-2: no machine of that name has run");
        for (String command : List.of("down", "stop")) {
            assertThat(run(command, file.toString()).status())
                    .as("what is down already is no mistake: " + command)
                    .isZero();
            assertThat(run(command, file.toString(), "debug").status()).isEqualTo(1);
        }
        assertThat(run("wait", file.toString(), "debug").err()).contains("shop-debug: no machine of that name has run");
    }

    /** All before they do anything: none of the machines runs. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "vsock FILE 22",
                "exec FILE true",
                "ssh FILE",
                "disk limit FILE id",
                "disk resize FILE id 1GiB",
                "disk snapshot FILE id after.qcow2"
            })
    void takesTheFileWhereOneMachineIsMeant(String words) throws IOException {
        String[] command = words.replace("FILE", file.toString()).split(" ");
        assertThat(run(command).err())
                .contains(file + ": holds several machines; name one of them: shop-db, shop-web-1, shop-web-2");
        Files.writeString(file, "machines: {db: {kernel: {builtin: hello}}}\n");
        StateFile.ended(folder, "shop-db", 0, "the guest powered off");
        assertThat(run(command).err()).contains("shop-db: is not running; it ended ");
    }

    @Test
    void needsNoVariableToKnowTheMachines() throws IOException {
        Files.writeString(file, "machines: {db: {kernel: '${KERNEL}'}}\n");
        StateFile.ended(folder, "shop-db", 0, "the guest powered off");
        assertThat(run("wait", file.toString()).status()).isZero();
        assertThat(run("config", file.toString()).err()).contains("the variable KERNEL is not set");
        Path env = Files.writeString(folder.resolve("my.env"), "KERNEL=vmlinuz\n");
        assertThat(run("config", "--env-file", env.toString(), file.toString()).out())
                .contains("shop/vmlinuz");
        assertThat(run("lint", "--env-file", env.toString(), file.toString()).out())
                .contains("0 errors");
    }

    @Test
    void startsNothingOfAFileWithAMistake() throws IOException {
        Files.writeString(file, "machines: {db: {kernel: {builtin: hello}}, web: {memroy: 1}}\n");
        for (String[] words : new String[][] {{"up", "-d"}, {"up"}, {"up", "--check"}}) {
            String[] all = java.util.Arrays.copyOf(words, words.length + 1);
            all[words.length] = file.toString();
            Run run = run(all);
            assertThat(run.status()).isEqualTo(2);
            assertThat(run.err()).contains("machines.web: unknown key \"memroy\"");
        }
        assertThat(folder.resolve("crosvm")).doesNotExist();
    }

    @Test
    void findsFilesOfSeveralMachinesByTheirContent() throws IOException {
        Files.move(file, shop.resolve("shop.yaml"));
        Files.writeString(shop.resolve("other.yaml"), "machines: [a, b]\n");
        assertThat(run("lint", shop.toString()).out()).isEqualTo("1 file, 0 errors, 0 warnings\n");
    }

    @Test
    void colorsNamesOnlyOnATerminal() {
        assertThat(FleetConsoles.prefix("db", 0, 5, false)).isEqualTo("db    | ");
        assertThat(FleetConsoles.prefix("db", 1, 2, true)).isEqualTo("\u001b[33mdb | \u001b[0m");
    }
}
