package crosvm.runner.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import crosvm.vmm.jail.JailedProcess;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The root of programs that read what guests send, in a network's namespaces of root's and of an ordinary user. For root. */
class ConfinedRootJailIT {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"0", "65534"})
    void hasProgramsThatCannotBeWrittenAndTheNetworksFolder(String user) throws Exception {
        assumeTrue(JailedProcess.isRoot(), "only root becomes another user");
        for (Path outer = folder; outer != null && outer.startsWith("/tmp/"); outer = outer.getParent()) {
            assertThat(outer.toFile().setExecutable(true, false)).isTrue();
        }
        Path own = Files.createDirectory(folder.resolve("private"));
        File output = folder.resolve("output").toFile();
        assertThat(new ProcessBuilder("chown", user, own.toString()).start().waitFor())
                .isZero();
        List<String> command = new ArrayList<>(
                List.of("setpriv", "--reuid=" + user, "--regid=" + user, "--clear-groups", "--no-new-privs", "--"));
        command.addAll(List.of("unshare", "--user", "--map-root-user", "--mount", "--pid", "--fork", "--net", "--"));
        command.addAll(ConfinedRoot.around(NetworkTools.of(""), own, List.of("/bin/sh", "-c", """
                        echo / $(ls /) proc $(ls /proc/ 2>/dev/null)
                        for place in / /usr /dev /etc "$0"; do if (: >"$place/written") 2>/dev/null; then echo writes "$place"; fi; done
                        """, own.toString())));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output)
                .start();
        assertThat(process.waitFor()).as(Files.readString(output.toPath())).isZero();
        List<String> lines = Files.readAllLines(output.toPath());
        assertThat(lines.get(0)).contains(" dev ", " etc ", " old ", " usr").doesNotContain("root", "home", "var");
        assertThat(lines).filteredOn(line -> line.startsWith("writes")).containsExactly("writes " + own);
        assertThat(own.resolve("written")).exists();
    }
}
