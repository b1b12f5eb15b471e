package crosvm.vmm.jail;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JailCommandsTest {
    private static final JailLimits LIMITS = JailLimits.of(List.of());

    private static final ProgramFiles SHELL = ProgramFiles.of(List.of(Path.of("/bin/sh")));

    /** Where everybody can go. */
    @TempDir
    Path folder;

    @BeforeEach
    void open() throws IOException {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static final JailTools TOOLS = new JailTools(
            "/b/unshare", "/b/setpriv", "/b/prlimit", "/b/nsenter", "/b/mount", "/b/umount", "/b/pivot_root", "/b/sh");

    private static String lines(List<String> command) {
        return String.join(" ", command).replace(" -- ", " --\n");
    }

    @Test
    void launchesInNamespacesWithoutCapabilitiesAndBoundToDieWithItsStarter() {
        assertThat(lines(new JailCommands(TOOLS, null).launch(List.of("/j/java", "Main"), SHELL, LIMITS)))
                .isEqualTo("""
                        /b/unshare --user --map-root-user --mount --net --ipc --uts --
                        /b/setpriv --pdeathsig KILL --
                        /b/prlimit --core=0 --nofile=256 --nproc=64 --
                        /b/unshare --pid --fork --kill-child --
                        /b/setpriv --no-new-privs --bounding-set=-all --inh-caps=-all --ambient-caps=-all --
                        /j/java Main""");
    }

    @Test
    void givesALargeGroupTheTasksAndDescriptorsThatItsDevicesNeed() {
        JailLimits thirtyOneDisks = LIMITS.withDevices(31, 31);
        assertThat(lines(new JailCommands(TOOLS, null).launch(List.of("/j/java"), SHELL, thirtyOneDisks)))
                .contains("--core=0 --nofile=498 --nproc=245 --");
    }

    @Test
    void becomesAUserOfItsOwnFirstWhenStartedByRoot() {
        JailCommands commands = new JailCommands(TOOLS, new JailUser(2_080_374_791));
        String user = "/b/setpriv --reuid=2080374791 --regid=2080374791 --clear-groups --\n";
        assertThat(lines(commands.launch(List.of("/j/java"), SHELL, LIMITS))).startsWith(user + "/b/unshare --user");
        assertThat(commands.takeRootAway(7, 8, new JailLimits(4096, -1, 1, 1)))
                .allMatch(command -> lines(command).startsWith(user + "/b/nsenter"));
    }

    @Test
    void showsThatUserWhatOnlyRootCanReach() throws Exception {
        Path closed = Files.createDirectory(folder.resolve("it's closed"));
        Path lib = Files.createDirectory(closed.resolve("lib"));
        Files.createFile(lib.resolve("program.jar"));
        Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("rwxr-x---"));
        ProgramFiles files = ProgramFiles.of(List.of(Path.of("/bin/sh"), lib));
        String line =
                lines(new JailCommands(TOOLS, new JailUser(2_080_374_791)).launch(List.of("/j/java"), files, LIMITS));
        String cover = "'" + ProgramFiles.real(closed).toString().replace("'", "'\\''");
        assertThat(line)
                .startsWith("/b/unshare --mount --\n/b/sh -c umask 022 && /b/mount -t tmpfs -o mode=755 stage /sys"
                        + " && mkdir /sys/0 && /b/mount --rbind " + cover + "/lib' /sys/0"
                        + " && /b/mount -t tmpfs -o mode=755 cover " + cover + "'"
                        + " && mkdir -p " + cover + "/lib' && /b/mount --rbind /sys/0 " + cover + "/lib'"
                        + " && /b/umount -l /sys && exec \"$@\" jail /b/setpriv --reuid=");
        assertThat(lines(new JailCommands(TOOLS, null).launch(List.of("/j/java"), files, LIMITS)))
                .as("who stays who he is needs nothing of that")
                .startsWith("/b/unshare --user");
    }

    @Test
    void copiesForThatUserWhatOnlyRootCanRead() throws Exception {
        Path lib = Files.createDirectory(folder.resolve("lib"));
        Files.createFile(
                lib.resolve("program.jar"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        assertThat(ProgramFiles.of(List.of(lib)).showing(TOOLS))
                .contains("cp -rL '" + ProgramFiles.real(lib) + "' /sys/0 && chmod -R u+rwX,go=rX /sys/0");
    }

    @Test
    void putsAnEmptyReadOnlyRootInPlaceAndDetachesTheOldOne() {
        assertThat(new JailCommands(TOOLS, null)
                        .takeRootAway(42, 43, new JailLimits(1048576, 2097152, 1, 1)).stream()
                                .map(JailCommandsTest::lines)
                                .collect(Collectors.joining("\n")))
                .isEqualTo("""
                        /b/nsenter --target 42 --user --mount --preserve-credentials --
                        /b/sh -c /b/prlimit --pid 43 --fsize=1048576: --data=268435456: --as=4299161600: \
                        && /b/mount -t tmpfs -o ro,nosuid,nodev,noexec,size=4k,nr_inodes=2,mode=555 jail /tmp \
                        && cd /tmp && /b/pivot_root . .
                        /b/nsenter --target 42 --user --mount --preserve-credentials --
                        /b/umount -l /""");
    }
}
