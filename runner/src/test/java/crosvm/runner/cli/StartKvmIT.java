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

    /** Lambdas of one class that are alike, and one that is linked before another class is loaded, were not in the archive. */
    @Test
    void hasClassesAndLambdasFromTheArchive() throws Exception {
        List<String> loaded = start();
        List<String> ours =
                loaded.stream().filter(line -> line.contains(" crosvm.")).toList();
        // A lab has no class archive.
        assumeTrue(ours.get(0).contains(SHARED), ours.get(0));
        // What a slow machine alone does, training may not have done.
        assertThat(ours.stream().filter(line -> line.contains(" source: file:")))
                .hasSizeLessThan(5);
        assertThat(loaded.stream()
                        .filter(line -> line.contains(" crosvm.runner.instance.MachineProcess$$Lambda")
                                || line.contains(" java.util.logging.Level$KnownLevel$$Lambda")))
                .hasSizeGreaterThan(5)
                .allMatch(line -> line.contains(SHARED));
    }

    /** Classes that Java makes for an annotation of JNA's, and for the hash and equality of records: 10 ms each time. */
    @Test
    void hasNoCodeMadeForAnnotationsAndRecords() throws Exception {
        assertThat(start())
                .noneMatch(line -> line.contains("__dynamic_proxy__"))
                .noneMatch(line -> line.contains(" java.lang.runtime.ObjectMethods "));
    }

    /** That would open every jar of the class path, which nothing else does when all classes are in the archive. */
    @Test
    void looksForNoLoggingSystem() throws Exception {
        assertThat(start())
                .anyMatch(line -> line.contains("crosvm.vmm.linux.LibraryLogs "))
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
