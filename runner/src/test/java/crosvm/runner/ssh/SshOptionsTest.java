package crosvm.runner.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import crosvm.runner.instance.StateFolder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What OpenSSH's own client makes of the options ({@code ssh -G}). */
class SshOptionsTest {
    @TempDir
    private Path folder;

    private SshOptions options() {
        return new SshOptions(
                new StateFolder("web", folder.resolve("with blank 100%").resolve("web")),
                List.of("/opt/it's/crosvm", "vsock", "--fdpass", "web", "22"),
                Duration.ofSeconds(8));
    }

    private static Map<String, String> asSshReads(List<String> words) throws IOException {
        Process ssh = new ProcessBuilder(words).redirectErrorStream(true).start();
        String text = new String(ssh.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        Map<String, String> read = new HashMap<>();
        text.lines().filter(line -> line.indexOf(' ') > 0).forEach(line -> {
            int blank = line.indexOf(' ');
            read.put(line.substring(0, blank), line.substring(blank + 1));
        });
        assertThat(read).as(text).containsKey("hostname");
        return read;
    }

    private void assertRight(Map<String, String> read) {
        assertThat(read)
                .contains(
                        entry("batchmode", "yes"),
                        entry("connecttimeout", "8"),
                        entry("identitiesonly", "yes"),
                        entry("identityagent", "none"),
                        entry("forwardagent", "no"),
                        entry("stricthostkeychecking", "false"),
                        entry("hostkeyalias", "crosvm-web"),
                        entry("globalknownhostsfile", "/dev/null"),
                        entry("proxyusefdpass", "yes"),
                        entry("proxycommand", "'/opt/it'\\''s/crosvm' vsock --fdpass web 22"));
        // ssh shows these before or after it has filled in what a % stands for.
        assertThat(read.get("identityfile")).contains("with blank 100%").contains("/web/ssh_key");
        assertThat(read.get("userknownhostsfile")).isEqualTo("/dev/null");
    }

    @Test
    void keepsToTheMachinesKeysOnTheCommandLine() throws IOException {
        List<String> words = new java.util.ArrayList<>(List.of("ssh", "-G"));
        words.addAll(options().words());
        words.add(options().alias());
        assertRight(asSshReads(words));
    }

    @Test
    void saysTheSameAsASectionOfTheUsersConfiguration() throws IOException {
        Path config = Files.writeString(folder.resolve("config"), options().config());
        Map<String, String> read = asSshReads(List.of("ssh", "-G", "-F", config.toString(), "crosvm-web"));
        assertRight(read);
        assertThat(read).containsEntry("user", "root");
    }
}
