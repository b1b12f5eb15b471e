package crosvm.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The built program, started as people start it. */
class LauncherProgramIT {
    private static final Path PROGRAM = Path.of(System.getProperty("crosvm.launcher", "target/crosvm/bin/crosvm"))
            .toAbsolutePath()
            .getParent()
            .getParent();
    private static final String SPEC = "kernel: {builtin: hello}\n";

    @TempDir
    Path folder;

    private record Result(int status, String out, String err) {}

    private Result run(Path launcher, Map<String, String> environment, String... arguments) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(launcher.toString());
        command.addAll(List.of(arguments));
        Path out = Files.createTempFile(folder, "out", "");
        Path err = Files.createTempFile(folder, "err", "");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().put("XDG_CACHE_HOME", folder.resolve("cache").toString());
        builder.environment().keySet().removeAll(List.of("JAVA_HOME", "CROSVM_JAVA_OPTS", "JAVA_TOOL_OPTIONS"));
        builder.environment().putAll(environment);
        Process process = builder.start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
    }

    private static Map<String, String> java(String home) {
        return Map.of("JAVA_HOME", home);
    }

    private static Path copyOfProgram(Path to) throws IOException {
        try (Stream<Path> files = Files.walk(PROGRAM)) {
            for (Path file : files.toList()) {
                Path copy = to.resolve(PROGRAM.relativize(file).toString());
                Files.createDirectories(copy.getParent());
                Files.copy(file, copy);
            }
        }
        return to.resolve("bin/crosvm");
    }

    @Test
    void startsWithoutAWarningOnTheJavaThatBuiltIt() throws Exception {
        Result result = run(PROGRAM.resolve("bin/crosvm"), java(System.getProperty("java.home")), "--version");
        assertThat(result.err()).isEmpty();
        assertThat(result.out())
                .startsWith("crosvm-in-Java ")
                .contains(Runtime.version().toString());
        assertThat(result.status()).isZero();
    }

    @Test
    void opensFilesOfAnyNameInTheCLocaleToo() throws Exception {
        // This test's own JVM may be in the C locale itself, and could not write the name; a shell can.
        String make = "printf 'kernel: {builtin: hello}\\ncpus: 0\\n' >\"$1/$(printf '\\346\\274\\242.yaml')\" && ";
        for (String locale : List.of("C", "POSIX", "")) {
            Map<String, String> environment = new HashMap<>(java(System.getProperty("java.home")));
            environment.put("LC_ALL", locale);
            environment.put("LANG", locale);
            String lint = "exec \"$0\" lint \"$1/$(printf '\\346\\274\\242.yaml')\"";
            Result result = run(
                    Path.of("/bin/sh"),
                    environment,
                    "-c",
                    make + lint,
                    PROGRAM.resolve("bin/crosvm").toString(),
                    folder.toString());
            assertThat(result.err()).as(locale).isEmpty();
            assertThat(result.out()).as(locale).contains(".yaml:2:7: error: cpus: is 0, must be at least 1");
            assertThat(result.status()).as(locale).isEqualTo(1);
        }
    }

    @Test
    void startsWithoutAWarningOnJava25() throws Exception {
        String home = System.getProperty("crosvm.jdk25", "/usr/lib/jvm/temurin-25-jdk-amd64");
        assumeTrue(Files.isExecutable(Path.of(home, "bin/java")), "no JDK 25 at " + home);
        Path spec = Files.writeString(folder.resolve("vm.yaml"), SPEC);
        Path launcher = PROGRAM.resolve("bin/crosvm");
        Result first = run(launcher, java(home), "graph", spec.toString());
        assertThat(first.err()).isEmpty();
        assertThat(first.out()).contains("built-in hello");
        // The archive for this Java appears in the cache, made in the background; then it is used, silently.
        Path cache = folder.resolve("cache/crosvm");
        for (int i = 0; i < 6_000 && !hasArchive(cache); i++) {
            Thread.sleep(100);
        }
        assertThat(hasArchive(cache)).isTrue();
        Result second = run(launcher, java(home), "graph", spec.toString());
        assertThat(second.err()).isEmpty();
        assertThat(second.out()).isEqualTo(first.out());
        Map<String, String> logging = new HashMap<>(java(home));
        logging.put("CROSVM_JAVA_OPTS", "-Xlog:aot:stderr");
        assertThat(run(launcher, logging, "up", "--help").err()).contains("Using AOT-linked classes: true");
    }

    /** It may be there for minutes, and the variables may be secrets of a machine. */
    @Test
    void makesAnArchiveInTheBackgroundWithoutTheUsersVariables() throws Exception {
        Path launcher = copyOfProgram(folder.resolve("copy"));
        Files.writeString(folder.resolve("copy/lib/make-archive"), """
                cat /proc/$$/environ >"$2/part"
                mv "$2/part" "$2/environ"
                """);
        Program.Result result = Program.script(
                folder,
                Map.of("crosvm", launcher.toString(), "CROSVM_TEST_TOKEN", "s3cret"),
                "rm -f copy/lib/archive/*; $crosvm --version >/dev/null\n"
                        + "until [ -e copy/lib/environ ]; do sleep 0.1; done; tr '\\0' '\\n' <copy/lib/environ");
        assertThat(result.out()).as(result.err()).contains("PATH=").doesNotContain("s3cret");
    }

    /** What root installed for all is nobody's to make archives for: one per user, and unasked. */
    @Test
    void makesNoArchiveInTheBackgroundWhenInstalledForAllUsers() throws Exception {
        String home = System.getProperty("crosvm.jdk25", "/usr/lib/jvm/temurin-25-jdk-amd64");
        assumeTrue(Files.isExecutable(Path.of(home, "bin/java")), "no JDK 25 at " + home);
        Path launcher = copyOfProgram(folder.resolve("installed"));
        Files.createFile(folder.resolve("installed/lib/system-wide"));
        Result result = run(launcher, java(home), "--version");
        assertThat(result.err()).isEmpty();
        Thread.sleep(1_000); // Its lock would be there within milliseconds.
        assertThat(folder.resolve("cache")).doesNotExist();
    }

    @Test
    void makesAndDropsArchivesForAllUsersWhenAskedTo() throws Exception {
        copyOfProgram(folder.resolve("installed"));
        Path archives = Files.createDirectories(folder.resolve("installed/lib/archive"));
        Path stale = Files.createFile(archives.resolve("0123456789abcdef-17.jsa"));
        Path foreign = Files.createFile(archives.resolve("0123456789abcdef-17.jsa.folder"));
        String path = Path.of(System.getProperty("java.home"), "bin") + ":" + System.getenv("PATH");
        Result result = run(
                Path.of("/bin/sh"),
                Map.of("PATH", path),
                folder.resolve("installed/lib/install-archive").toString());
        assertThat(result.err()).isEmpty();
        assertThat(result.status()).isZero();
        assertThat(stale).doesNotExist();
        assertThat(foreign).doesNotExist();
        String build = System.getProperty("java.runtime.version");
        try (Stream<Path> files = Files.list(archives)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .anyMatch(name -> name.endsWith("-" + build + ".jsa"));
        }
    }

    private static boolean hasArchive(Path cache) throws IOException {
        if (!Files.isDirectory(cache)) {
            return false;
        }
        try (Stream<Path> files = Files.list(cache)) {
            List<String> names = files.map(Path::toString).toList();
            // Its lock goes last.
            return names.stream().anyMatch(name -> name.endsWith(".jsa"))
                    && names.stream().noneMatch(name -> name.endsWith(".lock"));
        }
    }

    @Test
    void usesTheArchiveTheBuildMade() throws Exception {
        Result result = run(
                PROGRAM.resolve("bin/crosvm"),
                Map.of("JAVA_HOME", System.getProperty("java.home"), "CROSVM_JAVA_OPTS", "-Xlog:class+load:stderr"),
                "--version");
        for (String ours : List.of(" crosvm.runner.cli.", " picocli.")) {
            assertThat(result.err().lines().filter(line -> line.contains(ours)))
                    .isNotEmpty()
                    .allMatch(line -> line.contains("shared objects file"));
        }
    }

    /** Those of Java 5, as picocli ships, are verified at each start, and an archive does not keep them linked. */
    @Test
    void hasPicocliCompiledForOurOldestJava() throws Exception {
        try (ZipFile jar = new ZipFile(PROGRAM.resolve("lib/picocli.jar").toFile());
                DataInputStream file = new DataInputStream(
                        jar.getInputStream(jar.getEntry("picocli/CommandLine$Model$CommandSpec.class")))) {
            assertThat(file.readInt()).isEqualTo(0xCAFEBABE);
            assertThat(file.readInt()).as("version").isEqualTo(61); // JVMS §4.1: minor and major
        }
    }

    /** Of two thirds of the classes: a machine's process lives long. */
    @Test
    void runsMachinesWithAnArchiveOfTheirOwn() throws Exception {
        Program.Result result = Program.script(
                folder,
                Map.of("JAVA_HOME", System.getProperty("java.home")),
                "for command in 'up --help' 'run --help' 'graph --help'; do\n"
                        + "sh -x $crosvm $command 2>&1 | sed -n 's/^+ exec.*SharedArchiveFile=[^ ]*[.]\\([a-z]*\\) .*/\\1/p'\n"
                        + "done\n");
        assertThat(result.out()).as(result.err()).isEqualTo("machine\nmachine\njsa\n");
    }

    /** At the address it was made for, all processes share the archive's pages; a random one is for those who ask for it. */
    @Test
    void mapsTheArchiveWhereItWasMadeForUnlessAskedNotTo() throws Exception {
        Map<String, String> environment = new HashMap<>(java(System.getProperty("java.home")));
        environment.put("CROSVM_JAVA_OPTS", "-Xlog:cds:stderr");
        String random = "always map archive(s) at an alternative address";
        assertThat(run(PROGRAM.resolve("bin/crosvm"), environment, "--version").err())
                .containsIgnoringCase("mapped ")
                .doesNotContain(random);
        environment.put("CROSVM_RELOCATE_ARCHIVE", "1");
        assertThat(run(PROGRAM.resolve("bin/crosvm"), environment, "--version").err())
                .contains(random);
    }

    @Test
    void letsTheUsersJavaOptionsComeLast() throws Exception {
        Map<String, String> environment = new HashMap<>(java(System.getProperty("java.home")));
        environment.put("CROSVM_JAVA_OPTS", "-Xmx77m -XX:TieredStopAtLevel=4 -XX:+PrintFlagsFinal");
        assertThat(run(PROGRAM.resolve("bin/crosvm"), environment, "--version").out())
                .containsPattern("MaxHeapSize += " + (78 << 20) + " ")
                .containsPattern("TieredStopAtLevel += 4 ");
    }

    @Test
    void worksThroughSymbolicLinksWithBlanksInItsPathAndFromAnyFolder() throws Exception {
        Path launcher = copyOfProgram(folder.resolve("my programs/crosvm"));
        Path links = Files.createDirectories(folder.resolve("links"));
        Files.createSymbolicLink(links.resolve("absolute link"), launcher);
        Files.createSymbolicLink(links.resolve("crosvm"), Path.of("absolute link"));
        // Else an archive for the copy would be made in the background, into a folder that is being deleted.
        Map<String, String> environment =
                Map.of("JAVA_HOME", System.getProperty("java.home"), "CROSVM_NO_ARCHIVE", "1");
        Result result = run(links.resolve("crosvm"), environment, "--version");
        assertThat(result.err()).isEmpty();
        assertThat(result.status()).isZero();
    }

    @Test
    void worksWithoutAFolderToCacheIn() throws Exception {
        Path launcher = copyOfProgram(folder.resolve("copy"));
        Path blocked = Files.writeString(folder.resolve("blocked"), "a file, no folder");
        Result result = run(
                launcher,
                Map.of("JAVA_HOME", System.getProperty("java.home"), "XDG_CACHE_HOME", blocked.toString()),
                "--version");
        assertThat(result.err()).isEmpty();
        assertThat(result.status()).isZero();
    }

    @Test
    void refusesAnOldJavaByItsVersion() throws Exception {
        Path home = Files.createDirectories(folder.resolve("jdk-11/bin")).getParent();
        Path java = Files.writeString(home.resolve("bin/java"), "#!/bin/sh\necho started >&2\n");
        assertThat(java.toFile().setExecutable(true)).isTrue();
        Files.writeString(home.resolve("release"), "IMPLEMENTOR=\"X\"\nJAVA_VERSION=\"11.0.2\"\n");
        Result result = run(PROGRAM.resolve("bin/crosvm"), java(home.toString()), "--version");
        assertThat(result.status()).isEqualTo(1);
        assertThat(result.err())
                .startsWith("crosvm: needs Java 17 or later, and " + java + " is version 11.0.2.")
                .doesNotContain("started");
    }

    @Test
    void refusesAJavaHomeWithoutJava() throws Exception {
        Result result = run(PROGRAM.resolve("bin/crosvm"), java("/no/such/jdk"), "--version");
        assertThat(result.status()).isEqualTo(1);
        assertThat(result.err()).startsWith("crosvm: JAVA_HOME is /no/such/jdk, but there is no bin/java in it.");
    }

    @Test
    void saysWhatToInstallWhenThereIsNoJavaAtAll() throws Exception {
        Path bin = Files.createDirectories(folder.resolve("bin"));
        for (String tool : List.of("sh", "readlink")) {
            Files.createSymbolicLink(bin.resolve(tool), Path.of("/bin", tool).toRealPath());
        }
        Result result = run(PROGRAM.resolve("bin/crosvm"), Map.of("PATH", bin.toString()), "--version");
        assertThat(result.status()).isEqualTo(1);
        assertThat(result.err()).startsWith("crosvm: needs Java 17 or later, and there is no java on the PATH.");
    }

    /** sudo -E: root runs with the home, and so the cache, of somebody who could put any archive there. */
    @Test
    void believesAndWritesNoArchiveWhereAnotherUserCanWrite() throws Exception {
        assumeTrue(Program.isRoot(), "only root gives files away");
        Path launcher = copyOfProgram(folder.resolve("copy"));
        try (Stream<Path> archives = Files.list(folder.resolve("copy/lib/archive"))) {
            for (Path archive : archives.toList()) {
                Files.delete(archive);
            }
        }
        Path cache = Files.createDirectory(folder.resolve("theirs"));
        Program.Result result = Program.script(
                folder,
                Map.of("crosvm", launcher.toString(), "XDG_CACHE_HOME", cache.toString()),
                "uses() { sh -x $crosvm --version 2>&1 | grep -c '^+ exec.*SharedArchiveFile'; }\n"
                        + "export CROSVM_NO_ARCHIVE=1\n"
                        + "archive=$(sh -x $crosvm --version 2>&1 | sed -n 's/^+ archive=\\(.*theirs.*\\)/\\1/p')\n"
                        + "mkdir $XDG_CACHE_HOME/crosvm; cp $JAVA_HOME/release $archive\n"
                        + "echo ours $(uses)\n"
                        + "chown 65534 $XDG_CACHE_HOME/crosvm; echo folder $(uses); chown 0 $XDG_CACHE_HOME/crosvm\n"
                        + "chown 65534 $archive; echo file $(uses); chown 0 $archive\n"
                        + "chmod o+w $XDG_CACHE_HOME/crosvm; echo writable $(uses); chmod o-w $XDG_CACHE_HOME/crosvm\n"
                        + "mv $XDG_CACHE_HOME/crosvm away; ln -s ../away $XDG_CACHE_HOME/crosvm; echo link $(uses)\n"
                        + "chown 65534 $XDG_CACHE_HOME; rm away/*\n"
                        + "sh ${crosvm%/bin/crosvm}/lib/make-archive $JAVA_HOME/bin/java ${crosvm%/bin/crosvm}/lib $archive cache\n"
                        + "echo written $(ls away)\n");
        assertThat(result.out()).as(result.err()).isEqualTo("ours 1\nfolder 0\nfile 0\nwritable 0\nlink 0\nwritten\n");
    }
}
