package crosvm.schema.lint;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.schema.problem.Problem;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SandboxLintTest {
    @TempDir
    Path folder;

    @Test
    void findsOnlyThePoliciesThatTheFolderLacks() throws Exception {
        Files.createDirectory(folder.resolve("policies"));
        Files.writeString(folder.resolve("policies/rng_device.policy"), "read: 1");
        assertThat(missing("policies"))
                .singleElement()
                .asString()
                .contains("there is no block_device.policy for the blk device");
        Files.writeString(folder.resolve("policies/block_device.policy"), "read: 1");
        assertThat(missing("\"policies\"")).isEmpty();
    }

    @Test
    void leavesAFolderOfTheHostToTheDoctor() {
        assertThat(missing("/nowhere/policies")).isEmpty();
        assertThat(missing("'/nowhere/policies'")).isEmpty();
        assertThat(missing("${DIR:-policies}")).isEmpty();
        assertThat(missing("nowhere")).hasSize(2);
    }

    private List<String> missing(String policyDir) {
        String yaml =
                "kernel: {image: k, initrd: i}\ndisks: [{path: d.img}]\nsandbox: {policyDir: " + policyDir + "}\n";
        return Linter.create(Map.of())
                .add("vm.yaml", yaml.getBytes(StandardCharsets.UTF_8), folder)
                .report()
                .problems()
                .stream()
                .filter(p -> p.rule().equals(LintRule.POLICY_MISSING))
                .map(Problem::message)
                .toList();
    }
}
