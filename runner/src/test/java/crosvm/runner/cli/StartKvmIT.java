package crosvm.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.runner.instance.KvmMachines;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the start of a machine loads, of which its processor time consists; counted, since times depend on the machine. */
class StartKvmIT {
    @TempDir
    Path folder;

    /** That would open every jar of the class path, which nothing else does when all classes are in the archive. */
    @Test
    void looksForNoLoggingSystem() throws Exception {
        KvmMachines.assumeKvm();
        Files.writeString(folder.resolve("vm.yaml"), "kernel: {builtin: hello}\nmemory: 64MiB\nsandbox: off\n");
        Path log = folder.resolve("classes");
        Program.Result result = Program.script(
                folder, Map.of("CROSVM_JAVA_OPTS", "-Xlog:class+load:file=" + log), "exec $crosvm up vm.yaml");
        assertThat(result.out()).as(result.err()).contains("Goodbye.");
        List<String> loaded = Files.readAllLines(log);
        assertThat(loaded)
                .anyMatch(line -> line.contains("crosvm.vmm.linux.LibraryLogs "))
                .noneMatch(line -> line.contains("BootstrapLogger$DetectBackend"));
    }
}
