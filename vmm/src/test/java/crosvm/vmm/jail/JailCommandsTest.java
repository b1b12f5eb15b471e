package crosvm.vmm.jail;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class JailCommandsTest {

    private static final JailTools TOOLS = new JailTools(
            "/b/unshare", "/b/setpriv", "/b/prlimit", "/b/nsenter", "/b/mount", "/b/umount", "/b/pivot_root", "/b/sh");

    private static String lines(List<String> command) {
        return String.join(" ", command).replace(" -- ", " --\n");
    }

    @Test
    void launchesInNamespacesWithoutCapabilitiesAndBoundToDieWithItsStarter() {
        assertThat(lines(new JailCommands(TOOLS, false).launch(List.of("/j/java", "Main"))))
                .isEqualTo("""
                        /b/unshare --user --map-root-user --mount --net --ipc --uts --
                        /b/setpriv --pdeathsig KILL --
                        /b/prlimit --core=0 --nofile=256 --nproc=64 --
                        /b/unshare --pid --fork --kill-child --
                        /b/setpriv --no-new-privs --bounding-set=-all --inh-caps=-all --ambient-caps=-all --
                        /j/java Main""");
    }

    @Test
    void becomesNobodyFirstWhenStartedByRoot() {
        JailCommands commands = new JailCommands(TOOLS, true);
        String nobody = "/b/setpriv --reuid=65534 --regid=65534 --clear-groups --\n";
        assertThat(lines(commands.launch(List.of("/j/java")))).startsWith(nobody + "/b/unshare --user");
        assertThat(commands.takeRootAway(7)).allMatch(command -> lines(command).startsWith(nobody + "/b/nsenter"));
    }

    @Test
    void putsAnEmptyReadOnlyRootInPlaceAndDetachesTheOldOne() {
        assertThat(new JailCommands(TOOLS, false)
                        .takeRootAway(42).stream().map(JailCommandsTest::lines).collect(Collectors.joining("\n")))
                .isEqualTo("""
                        /b/nsenter --target 42 --user --mount --preserve-credentials --
                        /b/sh -c /b/mount -t tmpfs -o ro,nosuid,nodev,noexec,size=4k,nr_inodes=2,mode=555 jail /tmp \
                        && cd /tmp && /b/pivot_root . .
                        /b/nsenter --target 42 --user --mount --preserve-credentials --
                        /b/umount -l /""");
    }
}
