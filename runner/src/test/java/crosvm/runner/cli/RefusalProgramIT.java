package crosvm.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Starts that are refused while device processes are on their way. On a host without KVM that is the refusal. */
class RefusalProgramIT {
    /** What came in between came once in three starts. */
    private static final int STARTS = 4;

    @TempDir
    Path folder;

    private void refuses(String spec) throws Exception {
        StringBuilder disks = new StringBuilder("disks:\n");
        for (String id : new String[] {"a", "b", "c"}) {
            Files.write(folder.resolve(id), new byte[1 << 16]);
            disks.append("  - {id: " + id + ", path: " + id + ", readOnly: false}\n");
        }
        Files.writeString(folder.resolve("vm.yaml"), "name: web\nmemory: 64MiB\n" + spec + disks);
        Program.Result result =
                Program.script(folder, "for i in $(seq " + STARTS + "); do $crosvm up vm.yaml; echo status $?; done");
        assertThat(result.out()).isEqualTo("status 1\n".repeat(STARTS));
        assertThat(result.err().lines()).hasSize(STARTS).allMatch(line -> line.startsWith("crosvm: "));
        assertThat(result.err()).doesNotContain("nsenter", "Exception");
    }

    /** Device processes of both kinds: ours in jails, and virtiofsd. */
    @Test
    void aRefusedKernelIsToldInOneLine() throws Exception {
        Files.writeString(folder.resolve("kernel"), "text");
        refuses("kernel: kernel\nshares: [{tag: here, path: .}]\n");
    }
}
