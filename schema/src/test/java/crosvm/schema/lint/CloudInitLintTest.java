package crosvm.schema.lint;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.schema.problem.Problem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CloudInitLintTest {
    @TempDir
    Path folder;

    private List<Problem> problems(String seed) {
        String yaml = "kernel: {image: v, initrd: i}\nguest:\n  cloudInit:\n    " + seed.replace("\n", "\n    ") + "\n";
        return Linter.create(Map.of())
                .add("vm.yaml", yaml.getBytes(StandardCharsets.UTF_8), folder)
                .report()
                .problems();
    }

    private List<String> rules(String seed) {
        return problems(seed).stream().map(problem -> problem.rule().id()).toList();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    user-data-format | userData: "packages: [nginx]"
                    user-data-format | userData: "\\n#cloud-config\\n"
                    user-data-format | userData: user-data.yaml
                    user-data-format | userData: ""
                    seed-not-yaml    | userData: "#cloud-config\\npackages: [nginx"
                    seed-not-yaml    | userData: "#cloud-config\\nusers:\\n\\t- me"
                    seed-not-yaml    | userData: "#cloud-config\\njust words"
                    seed-not-yaml    | userData: "#cloud-config\\n- a list"
                    seed-not-yaml    | metaData: "instance-id: [1"
                    seed-not-yaml    | networkConfig: {text: "version 2"}
                    secret-in-seed   | userData: "#cloud-config\\npassword: hunter2"
                    secret-in-seed   | userData: "#cloud-config\\nchpasswd: {users: [{name: me, password: hunter2, type: text}]}"
                    secret-in-seed   | userData: "#cloud-config\\nusers: [{name: me, plain_text_passwd: hunter2}]"
                    secret-in-seed   | userData: "#cloud-config\\nsnap: {api_token: abcdef}"
                    secret-in-seed   | userData: "#!/bin/sh\\ncat <<E\\n-----BEGIN OPENSSH PRIVATE KEY-----\\nE"
                    seed-choice      | userData: {text: "#!/bin/sh", file: x}
                    seed-choice      | userData: {}
                    """)
    void findsTheMistakeOnce(String rule, String seed) {
        assertThat(rules(seed)).containsExactly(rule);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "userData: \"#cloud-config\\npackages: [nginx]\\n\"",
                "userData: \"#cloud-config\\n\"",
                "userData: \"#cloud-config\\na: &x [1]\\nb: *x\\n\"",
                "userData: \"#!/bin/sh\\necho password=hunter2\"",
                "userData: \"## template: jinja\\n#cloud-config\\n{}\"",
                "userData: \"Content-Type: multipart/mixed; boundary=x\"",
                "userData: \"#cloud-config\\nssh_pwauth: false\\nchpasswd: {expire: false}\\n\"",
                "userData: \"#cloud-config\\nusers: [{name: me, lock_passwd: false, passwd: $6$x$yz}]\\n\"",
                "userData: \"#cloud-config\\npassword: RANDOM\\n\"",
                "userData: {file: /elsewhere/user-data}",
                "userData: {file: not-there}",
                "metaData: \"{\\\"instance-id\\\": \\\"a\\\"}\"",
                "networkConfig: \"version: 2\"",
            })
    void saysNothingOfWhatCloudInitTakes(String seed) {
        assertThat(problems(seed)).isEmpty();
    }

    @Test
    void readsAFileThatComesWithTheSpec() throws IOException {
        Files.writeString(folder.resolve("user-data"), "packages: [nginx]\n");
        Files.writeString(folder.resolve("secret"), "#cloud-config\npassword: hunter2\n");
        assertThat(rules("userData: {file: user-data}")).containsExactly("user-data-format");
        assertThat(rules("userData: {file: secret}")).isEmpty();
    }

    @Test
    void leadsFromAFilesNameToTheFieldForIt() {
        assertThat(problems("userData: seed/user-data.yaml").get(0).hint())
                .isEqualTo("a file is given as {file: seed/user-data.yaml}");
    }

    @Test
    void namesTheLineOfTheUserDataAndNotOfTheSpec() {
        assertThat(problems("userData: \"#cloud-config\\na: 1\\nb: [2\\n\"")
                        .get(0)
                        .message())
                .startsWith("is not YAML that cloud-init reads: line ")
                .doesNotContain("hunter2");
    }
}
