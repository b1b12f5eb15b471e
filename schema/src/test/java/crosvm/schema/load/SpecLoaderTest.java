package crosvm.schema.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.schema.bind.SpecOverrides;
import crosvm.schema.model.BuiltinKernel;
import crosvm.schema.model.MemorySize;
import crosvm.schema.model.PortTarget;
import crosvm.schema.model.RestartPolicy;
import crosvm.schema.model.VmSpec;
import crosvm.schema.problem.Problem;
import crosvm.schema.problem.SpecException;
import crosvm.schema.write.SpecWriter;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SpecLoaderTest {
    private static final Path FOLDER = Path.of("/specs");

    @TempDir
    Path temp;

    @Test
    void fillsInDefaults() {
        VmSpec spec = load("kernel: {builtin: hello}").orThrow();
        assertThat(spec.kernel().builtin()).isEqualTo(BuiltinKernel.HELLO);
        assertThat(spec.memory()).isEqualTo(MemorySize.ofMib(256));
        assertThat(spec.cpus()).isEqualTo(1);
        assertThat(spec.name()).isEqualTo("specs");
        assertThat(spec.disks()).isEmpty();
        assertThat(spec.vsock()).isNull();
        assertThat(spec.balloon().enabled()).isTrue();
        assertThat(spec.console().com1().to()).isEqualTo(PortTarget.TERMINAL);
        assertThat(spec.console().hvc0().to()).isEqualTo(PortTarget.NONE);
        assertThat(spec.restart()).isEqualTo(RestartPolicy.NO);
    }

    @Test
    void readsEveryPartOfAFullMachine() {
        VmSpec spec = load("""
                name: web
                kernel: {image: vmlinuz, initrd: /boot/initrd, params: [quiet, foo=bar]}
                memory: 2GiB
                cpus: 4
                disks:
                  - {path: root.img, root: true}
                  - {id: data, path: ../data.img, readOnly: false}
                networks:
                  - {hostIp: 192.168.1.1, netmask: 255.255.255.0, mac: "52:54:00:12:34:56", vhost: on}
                  - {user: true, forward: ["8080:80"]}
                vsock: {cid: 3}
                wayland: auto
                balloon: {initial: 64MiB}
                rng: false
                console: {com1: {to: file, path: log}, hvc0: terminal}
                shares: [{tag: src, path: src}]
                sandbox: {devices: {rng: thread}, groups: {small: [blk, data]}, onViolation: log}
                control: /run/x.sock
                restart: on-crash
                """).orThrow();
        assertThat(spec.kernel().image()).isEqualTo(Path.of("/specs/vmlinuz"));
        assertThat(spec.kernel().initrd()).isEqualTo(Path.of("/boot/initrd"));
        assertThat(spec.kernel().params()).containsExactly("quiet", "foo=bar");
        assertThat(spec.memory().bytes()).isEqualTo(2L << 30);
        assertThat(spec.disks().get(0).id()).isEqualTo("disk0");
        assertThat(spec.disks().get(0).readOnly()).isTrue();
        assertThat(spec.disks().get(1).path()).isEqualTo(Path.of("/data.img"));
        assertThat(spec.networks().get(0).mac()).hasToString("52:54:00:12:34:56");
        assertThat(spec.networks().get(1).mac().isMulticast()).isFalse();
        assertThat(spec.networks().get(1).forward()).hasToString("[8080:80]");
        assertThat(spec.wayland()).isNotNull();
        assertThat(spec.rng().enabled()).isFalse();
        assertThat(spec.console().com1().path()).isEqualTo(Path.of("/specs/log"));
        assertThat(spec.sandbox().groups()).containsEntry("small", List.of("blk", "data"));
        assertThat(spec.control().socket()).isEqualTo(Path.of("/run/x.sock"));
        assertThat(spec.restart()).isEqualTo(RestartPolicy.ON_CRASH);
    }

    @ParameterizedTest
    @CsvSource({"auto,", "{cid: auto},", "{},", "3, 3", "{cid: 4294967294}, 4294967294"})
    void readsAContextIdOrLeavesItToTheStart(String written, Long cid) {
        VmSpec spec =
                load("name: a\nkernel: {builtin: hello}\nvsock: " + written).orThrow();
        assertThat(spec.vsock().cid()).isEqualTo(cid);
        String again = SpecWriter.toYaml(spec);
        assertThat(again).contains("cid: " + (cid == null ? "auto" : cid));
        assertThat(load(again).orThrow()).isEqualTo(spec);
    }

    @ParameterizedTest
    @CsvSource({
        "wayland-0, wayland-0",
        "{socket: weston.1}, weston.1",
        "./wayland-0, /specs/wayland-0",
        "sub/wayland-0, /specs/sub/wayland-0",
        "/run/w, /run/w",
        "../w, /w",
    })
    void leavesTheNameOfAWaylandSocketANameAndReadsAPathAsAPath(String written, String socket) {
        VmSpec spec =
                load("name: a\nkernel: {builtin: hello}\nwayland: " + written).orThrow();
        assertThat(spec.wayland().socket()).isEqualTo(Path.of(socket));
    }

    @ParameterizedTest
    @CsvSource({"512,536870912", "512MiB,536870912", "2GiB,2147483648", "\"512\",536870912", "4096KiB,4194304"})
    void readsSizes(String text, long bytes) {
        assertThat(load("kernel: {builtin: hello}\nmemory: " + text)
                        .orThrow()
                        .memory()
                        .bytes())
                .isEqualTo(bytes);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            memory: 512M              | 2:9 bad-size
            memory: 010               | 2:9 yaml-octal
            memory: 1e3               | 2:9 yaml-float
            memory: 1:30              | 2:9 yaml-sexagesimal
            memory: 0x10              | 2:9 yaml-hex
            memory: 1_000             | 2:9 yaml-underscore
            memory: 2049KiB           | 2:9 not-page-sized
            memory: 1MiB              | 2:9 out-of-range
            memory: 9999999999999TiB  | 2:9 bad-size
            memory:                   | 2:8 yaml-null
            memory: [1]               | 2:9 wrong-type
            cpus: 0                   | 2:7 out-of-range
            cpus: 256                 | 2:7 out-of-range
            cpus: two                 | 2:7 wrong-type
            cpus: '2'                 | 2:7 wrong-type
            cpus: 99999999999         | 2:7 out-of-range
            cpu: 2                    | 2:1 unknown-key
            name: no                  | 2:7 yaml-boolean-word
            name: 12                  | 2:7 wrong-type
            name: "a b"               | 2:7 bad-name
            disks: {path: a}          | 2:8 wrong-type
            disks: [{readOnly: true}] | 2:9 image-choice
            disks: [{path: a, readOnly: yes}] | 2:29 yaml-boolean-word
            disks: [{path: ~/a}]      | 2:16 tilde-path
            disks: [{path: ""}]       | 2:16 bad-path
            disks: [{path: a, root: true},{path: b, root: true}] | 2:47 two-roots
            restart: sometimes        | 2:10 unknown-word
            networks: [{tap: t, mac: 1}] | 2:26 bad-mac
            networks: [{user: true, forward: [70000]}] | 2:35 bad-forward
            memory: !!int 4           | 2:9 yaml-tag
            memory: ${NOPE}           | 2:9 unset-variable
            memory: ${NOPE            | 2:9 bad-variable
            <<: {cpus: 2}             | 2:1 yaml-merge-key
            kernel: {builtin: hello}  | 2:1 yaml-duplicate-key
            [1]: 2                    | 2:1 yaml-key-type
            """)
    void namesTheMistakeAndItsPlace(String line, String expected) {
        LoadResult result = load("kernel: {builtin: hello}\n" + line);
        assertThat(result.problems().stream().map(SpecLoaderTest::brief)).containsExactly(expected);
        assertThat(result.spec()).isNull();
    }

    @Test
    void tellsOfAllMistakesInOneRun() {
        LoadResult result = load("""
                kernel: {image: a, builtin: hello}
                nmae: x
                memory: 512M
                cpus: 0
                disks:
                  - path: a
                    root: yes
                  - {root: true, path: b}
                  - {root: true, path: c}
                  - 17
                restart: on
                rng: {enabled: maybe}
                """);
        assertThat(result.problems().stream().map(SpecLoaderTest::brief))
                .containsExactly(
                        "1:29 kernel-choice",
                        "2:1 unknown-key",
                        "3:9 bad-size",
                        "4:7 out-of-range",
                        "7:11 yaml-boolean-word",
                        "9:12 two-roots",
                        "10:5 wrong-type",
                        "11:10 unknown-word",
                        "12:16 wrong-type");
    }

    @Test
    void showsTheLineWithACaretAndTheNearestKey() {
        assertThat(load("kernel: {builtin: hello}\nmemroy: 1").problems().get(0).describe())
                .startsWith("vm.yaml:2:1: error: unknown key \"memroy\" [unknown-key]\n    memroy: 1\n    ^~~~~~\n"
                        + "    did you mean \"memory\"? allowed: name, kernel, memory,");
    }

    @Test
    void fillsInVariables() {
        LoadResult result = SpecLoader.withEnvironment(Map.of("IMG", "x.img", "EMPTY", ""))
                .load(
                        "vm.yaml",
                        "kernel: {image: \"${IMG}\", params: a=$$1 b=$x}\nmemory: ${EMPTY:-1GiB}\ncpus: ${N:-3}",
                        FOLDER);
        VmSpec spec = result.orThrow();
        assertThat(spec.kernel().image()).isEqualTo(Path.of("/specs/x.img"));
        assertThat(spec.kernel().params()).containsExactly("a=$1", "b=$x");
        assertThat(spec.memory()).isEqualTo(MemorySize.ofMib(1024));
        assertThat(spec.cpus()).isEqualTo(3);
        assertThat(result.origins().get("kernel.image").describe()).isEqualTo("environment $IMG (vm.yaml:1)");
        assertThat(result.origins().get("memory").describe()).isEqualTo("vm.yaml:2");
    }

    @Test
    void takesTheNameFromTheFileOrItsFolder() throws Exception {
        Path folder = Files.createDirectory(temp.resolve("web"));
        for (String file : List.of("vm.yaml", "db.vm.yaml", "mail.yaml")) {
            Files.writeString(folder.resolve(file), "kernel: {builtin: hello}");
        }
        SpecLoader loader = SpecLoader.create();
        assertThat(loader.load(folder.resolve("vm.yaml")).orThrow().name()).isEqualTo("web");
        assertThat(loader.load(folder.resolve("db.vm.yaml")).orThrow().name()).isEqualTo("db");
        assertThat(loader.load(folder.resolve("mail.yaml")).orThrow().name()).isEqualTo("mail");
    }

    @Test
    void namesWhatCannotBeReadAtAll() throws Exception {
        assertThat(brief(SpecLoader.create().load(temp.resolve("none.yaml")))).isEqualTo("0:0 unreadable-file");
        assertThat(brief(SpecLoader.create().load(temp))).isEqualTo("0:0 unreadable-file");
        assertThat(brief(load(""))).isEqualTo("0:0 yaml-empty");
        assertThat(brief(load("# nothing\n"))).isEqualTo("0:0 yaml-empty");
        assertThat(brief(load("a: b: c"))).isEqualTo("1:5 yaml-syntax");
        assertThat(brief(load("kernel:\n\tbuiltin: hello"))).isEqualTo("2:1 yaml-tab");
        assertThat(brief(load("a: \u0007"))).isEqualTo("1:4 yaml-control-character");
        assertThat(brief(load("kernel: {builtin: hello}\n---\nkernel: {builtin: hello}")))
                .isEqualTo("3:1 yaml-several-documents");
        assertThat(brief(SpecLoader.create()
                        .load(
                                "x",
                                "a: 1\nb: \u00fc".getBytes(StandardCharsets.ISO_8859_1),
                                FOLDER,
                                SpecOverrides.none())))
                .isEqualTo("2:4 not-utf8");
    }

    /** Of those of proc, which have no length, some are read for ever; a folder may have a link to one in it. */
    @Test
    void readsNothingOfAFileWithoutALength() throws Exception {
        Path empty = Files.createFile(temp.resolve("empty.yaml"));
        Path status = Path.of("/proc/self/status");
        assertThat(brief(SpecLoader.create().load(status)))
                .isEqualTo(brief(SpecLoader.create().load(empty)));
    }

    @Test
    void survivesHostileFiles() {
        assertThat(brief(load("a: " + "x".repeat(10 << 20)))).isEqualTo("0:0 file-too-large");
        assertThat(brief(load("[".repeat(100_000)))).isEqualTo("1:33 yaml-too-deep");
        StringBuilder laughs = new StringBuilder("a0: &a0 [x,x,x,x,x,x,x,x,x]\n");
        for (int i = 1; i < 12; i++) {
            laughs.append("a").append(i).append(": &a").append(i).append(" [");
            laughs.append(("*a" + (i - 1) + ",").repeat(9)).append("]\n");
        }
        assertThat(brief(load(laughs.toString()))).endsWith("yaml-alias-bomb");
        assertThat(load("a: &a [*a]").problems().stream().map(SpecLoaderTest::brief))
                .contains("1:8 yaml-recursive-alias");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "- ",
                "? ",
                "[",
                "{a: ",
                "a: [",
                "k: 1\n",
                "disks: [a]\n",
                "- {}\n",
                "&a ",
                "*a ",
                "!!",
                "'",
                "\"\\",
                "|",
                "#",
                "disks: {",
                "${",
                "x",
                " ",
                "\n",
                "\t",
                ": ",
                "---\n",
                "%"
            })
    void answersWithinTwoSecondsWhateverTheFile(String piece) {
        String kernel = "kernel: {builtin: hello}\n";
        String many = piece.repeat(SpecLoader.MAX_FILE_BYTES / piece.length() - 10);
        for (String text : List.of(many, kernel + many, kernel + "networks:\n" + many, kernel + "name: " + many)) {
            // The time of this thread, not of the clock: other programs must not make this test fail.
            long start = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
            assertThat(load(text).problems()).hasSizeLessThan(2000);
            long took = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - start;
            assertThat(Duration.ofNanos(took)).isLessThan(Duration.ofSeconds(2));
        }
    }

    @Test
    void countsItemsBeforeItLooksAtThem() {
        for (String list : List.of("networks", "disks", "shares", "sandbox: {groups")) {
            boolean map = list.startsWith("sandbox");
            StringBuilder text = new StringBuilder("kernel: {builtin: hello}\n" + list + (map ? ": {" : ": ["));
            for (int i = 0; text.length() < 200_000; i++) {
                text.append(map ? "g" + i + ": []," : "{},");
            }
            text.append(map ? "}}" : "]");
            assertThat(load(text.toString()).problems()).hasSize(1);
            assertThat(brief(load(text.toString()))).endsWith("bad-length");
        }
    }

    @Test
    void shortensValuesInMessages() {
        assertThat(load("kernel: {builtin: hello}\nname: \"" + "/".repeat(100_000) + "\"")
                        .problems()
                        .get(0)
                        .describe())
                .hasSizeLessThan(3000);
    }

    @Test
    void throwsAllProblemsAtOnceForWhoWantsThat() {
        assertThatThrownBy(() -> load("cpus: 0").orThrow())
                .isInstanceOf(SpecException.class)
                .hasMessageContaining("[missing-key]")
                .hasMessageContaining("[out-of-range]");
    }

    private static LoadResult load(String text) {
        return SpecLoader.withEnvironment(Map.of()).load("vm.yaml", text, FOLDER);
    }

    private static String brief(LoadResult result) {
        return brief(result.problems().get(0));
    }

    private static String brief(Problem p) {
        return p.position().line() + ":" + p.position().column() + " "
                + p.rule().id();
    }
}
