package crosvm.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import crosvm.runner.instance.KvmMachines;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the start of a machine loads, of which its processor time consists; counted, since times depend on the machine. */
class StartKvmIT {
    private static final String SHARED = "source: shared objects file";

    @TempDir
    Path folder;

    /** Java 17 linked 300 lambdas of ours one by one, and JNA's reflection had Java 25 make nine classes. */
    @Test
    void hasClassesFromTheArchiveAndNoLambdasOfOurs() throws Exception {
        List<String> loaded = start();
        List<String> ours =
                loaded.stream().filter(line -> line.contains(" crosvm.")).toList();
        // A lab has no class archive.
        assumeTrue(ours.get(0).contains(SHARED), ours.get(0));
        // What a slow machine alone does, training may not have done.
        assertThat(ours.stream().filter(line -> line.contains(" source: file:")))
                .hasSizeLessThan(5);
        assertThat(ours)
                .anyMatch(line -> line.contains(" crosvm.runner.instance.MachineProcess$$Closure"))
                .noneMatch(line -> line.contains("$$Lambda"));
        assertThat(loaded.stream().filter(line -> line.contains("__JVM_LookupDefineClass__")))
                .as("classes that Java made, of which 17 needs two for its own regular expressions")
                .hasSizeLessThan(4);
    }

    /** Classes that Java makes for an annotation of JNA's, and for the hash and equality of records: 10 ms each time. */
    @Test
    void hasNoCodeMadeForAnnotationsAndRecords() throws Exception {
        assertThat(start())
                .noneMatch(line -> line.contains("__dynamic_proxy__"))
                .noneMatch(line -> line.contains(" java.lang.runtime.ObjectMethods "));
    }

    /** It takes Java 17 20 ms, and looking for another one would open every jar of the class path. */
    @Test
    void startsNoLoggingSystem() throws Exception {
        assertThat(start())
                .anyMatch(line -> line.contains("com.sun.jna.NoLog "))
                .noneMatch(line -> line.contains(" java.util.logging.LogManager "))
                .noneMatch(line -> line.contains("BootstrapLogger$DetectBackend"));
    }

    /** A line for each class that {@code up} has loaded, and from where. */
    private List<String> start() throws Exception {
        KvmMachines.assumeKvm();
        Files.writeString(folder.resolve("vm.yaml"), "kernel: {builtin: hello}\nmemory: 64MiB\nsandbox: off\n");
        Path log = folder.resolve("classes");
        Program.Result result = Program.script(
                folder, Map.of("CROSVM_JAVA_OPTS", "-Xlog:class+load:file=" + log), "exec $crosvm up vm.yaml");
        assertThat(result.out()).as(result.err()).contains("Goodbye.");
        return Files.readAllLines(log);
    }
}
