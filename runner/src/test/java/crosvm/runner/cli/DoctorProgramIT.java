package crosvm.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import crosvm.schema.json.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The doctor beside what {@code up} would meet. */
class DoctorProgramIT {
    @TempDir
    Path folder;

    /** passt before 2024 takes its addresses from the host's default route; the one of 2024 and later starts without. */
    @Test
    void findsThatPasstDoesNotStartWithoutARoute() throws Exception {
        assumeTrue(Program.isRoot(), "only root makes a network namespace without a user namespace");
        Files.writeString(folder.resolve("vm.yaml"), "kernel: {builtin: hello}\nnetworks: [{user: true}]\n");
        Program.Result result = Program.script(
                folder,
                "unshare -n sh -c 'exec 3<>/dev/null; timeout 20 passt --one-off --fd 3 2>&1 | grep -c routable;"
                        + " $crosvm doctor vm.yaml'");
        String network = "problem  network net0: passt ended with status 1.";
        if (result.out().startsWith("0\n")) {
            assertThat(result.out()).doesNotContain(network);
        } else {
            assertThat(result.out()).contains(network, "This host has no default route");
        }
    }

    @Test
    void tellsTheSameAsJson() throws Exception {
        Program.Result text = Program.script(folder, "$crosvm doctor; true");
        Program.Result json = Program.script(folder, "$crosvm doctor --format json; true");
        Map<String, ?> all = Json.readObject(json.out());
        assertThat(all).containsOnlyKeys("problems", "findings");
        for (Object finding : (List<?>) all.get("findings")) {
            assertThat(((Map<?, ?>) finding).keySet().toString()).isEqualTo("[level, subject, found, fix]");
            assertThat(text.out()).contains(((Map<?, ?>) finding).get("subject") + ": ");
        }
    }
}
