package crosvm.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PullCommandTest {
    @TempDir
    Path folder;

    private Map<String, String> environment = Map.of();
    private String digest = "";

    @BeforeEach
    void makeAnImage() throws Exception {
        byte[] image = new byte[4096];
        Files.write(folder.resolve("root.img"), image);
        digest = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(image));
        Path run = Files.createDirectory(folder.resolve("run"));
        environment = Map.of("XDG_CACHE_HOME", folder.resolve("cache").toString(), "XDG_RUNTIME_DIR", run.toString());
        write("web.vm.yaml", digest);
    }

    private void write(String name, String sha256) throws Exception {
        Files.writeString(folder.resolve(name), """
                kernel: {builtin: hello}
                disks:
                  - {id: root, source: {url: "file://%s/root.img", sha256: "%s"}}
                """.formatted(folder, sha256));
    }

    private Run crosvm(String... words) {
        return Run.with(environment, words);
    }

    private String spec(String name) {
        return folder.resolve(name).toString();
    }

    private Path cached() {
        return folder.resolve("cache/crosvm/images").resolve(digest);
    }

    @Test
    void pullsWhatTheSpecsOfAFolderName() throws Exception {
        write("db.vm.yaml", digest.toUpperCase(java.util.Locale.ROOT));
        Run first = crosvm("pull", folder.toString());
        assertThat(first.status()).as(first.err()).isZero();
        assertThat(first.out()).isEqualTo("1 image by URL in the specs, 1 pulled\n");
        assertThat(first.err()).contains("root.img: pulled");
        assertThat(cached()).hasSize(4096);
        assertThat(crosvm("pull", folder.toString()).out()).isEqualTo("1 image by URL in the specs, 0 pulled\n");
    }

    @Test
    void failsWithOneLineWhenTheDigestIsAnother() throws Exception {
        write("web.vm.yaml", "a".repeat(64));
        Run run = crosvm("pull", spec("web.vm.yaml"));
        assertThat(run.status()).isEqualTo(1);
        assertThat(run.err()).contains("has another digest than the spec says").doesNotContain("\tat ");
        assertThat(run.err().lines()).hasSize(1);
    }

    @Test
    void showsWhereAnImageWillBeWithoutLookingAtTheHost() {
        Run graph = crosvm("graph", spec("web.vm.yaml"));
        assertThat(graph.out()).contains("$XDG_CACHE_HOME/crosvm/images/" + digest);
        assertThat(cached()).doesNotExist();
        assertThat(crosvm("config", spec("web.vm.yaml")).out()).contains("sha256: " + digest);
    }

    @Test
    void makesUpPullWhatIsMissing() {
        Run doctor = crosvm("doctor", spec("web.vm.yaml"));
        assertThat(doctor.out()).contains("has not been pulled; up pulls it").doesNotContain("$XDG_CACHE_HOME");
        Run up = crosvm("up", spec("web.vm.yaml"), "--check");
        assertThat(up.err()).contains("root.img: pulled");
        assertThat(cached()).hasSize(4096);
        assertThat(crosvm("doctor", spec("web.vm.yaml")).out()).contains(cached() + ", 8 sectors");
    }

    @Test
    void listsAndPrunesImages() throws Exception {
        assertThat(crosvm("images").out()).contains("DIGEST");
        crosvm("pull", spec("web.vm.yaml"));
        assertThat(crosvm("images").out()).contains("4KiB", digest.substring(0, 12), "root.img");
        assertThat(crosvm("images", "--format", "json").out()).contains(cached().toString(), "\"complete\": true");
        assertThat(crosvm("images", "prune").status()).isEqualTo(2);
        assertThat(crosvm("images", "prune", "--all", spec("web.vm.yaml")).status())
                .isEqualTo(2);
        assertThat(crosvm("images", "purge").err()).contains("the only action is prune");
        assertThat(crosvm("images", "prune", folder.toString()).out()).isEqualTo("0 removed, 0KiB\n");
        assertThat(crosvm("images", "prune", "--format", "json", folder.toString())
                        .out())
                .isEqualTo("[]\n");
        assertThat(cached()).exists();
        write("web.vm.yaml", "b".repeat(64));
        assertThat(crosvm("images", "prune", folder.toString()).out()).contains("removed " + digest, "1 removed, 4KiB");
        assertThat(cached()).doesNotExist();
    }
}
