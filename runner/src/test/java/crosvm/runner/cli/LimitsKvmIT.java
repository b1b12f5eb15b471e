package crosvm.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.runner.instance.KvmMachines;
import crosvm.schema.load.SpecLoader;
import crosvm.vmm.machine.HostLimits;
import crosvm.vmm.module.kind.DeviceModules;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Machines under limits that are low but suffice. */
class LimitsKvmIT {
    private static final String SPEC = """
            name: web
            kernel: {builtin: hello}
            memory: 64MiB
            cpus: 3
            disks: [{id: a, path: a.img, readOnly: false}, {id: b, path: b.img, readOnly: true}]
            networks: [{user: true}]
            """;

    @TempDir
    Path folder;

    @BeforeEach
    void writesASpec() throws Exception {
        KvmMachines.assumeKvm();
        Files.write(folder.resolve("a.img"), new byte[1 << 16]);
        Files.write(folder.resolve("b.img"), new byte[1 << 16]);
        Files.writeString(folder.resolve("vm.yaml"), SPEC);
        Files.writeString(folder.resolve("small.yaml"), "kernel: {builtin: hello}\nmemory: 64MiB\n");
    }

    /** Below the 256 descriptors and 64 processes of a jail, and below what guest memory takes, as soft limits. */
    @ParameterizedTest
    @CsvSource({
        "--nofile=100:, vm.yaml",
        "--nofile=200, vm.yaml",
        "--nproc=4:, vm.yaml",
        "--nproc=63, small.yaml",
        "--fsize=1048576:, vm.yaml"
    })
    void takesWhatTheHardLimitGivesWhenItIsEnough(String limit, String spec) throws Exception {
        Program.Result result = Program.upUnderLimit(folder, limit, spec);
        assertThat(result.out()).contains("Goodbye.").endsWith("status 0\n");
    }

    @Test
    void needsNoMoreDescriptorsThanItSays() throws Exception {
        String subject = "open files (ulimit -n)";
        String found = HostLimits.of(DeviceModules.plan(SpecLoader.withEnvironment(Map.of())
                        .load("vm.yaml", SPEC, folder)
                        .orThrow()))
                .stream()
                .filter(look -> look.subject().equals(subject))
                .findFirst()
                .orElseThrow()
                .found();
        String need = found.substring(found.lastIndexOf(' ') + 1);
        Program.Result result =
                Program.script(folder, "prlimit --nofile=" + need + ":" + need + " $crosvm up vm.yaml; echo status $?");
        assertThat(result.out()).as(result.err()).contains("Goodbye.").endsWith("status 0\n");
        assertThat(result.err()).isEmpty();
    }
}
