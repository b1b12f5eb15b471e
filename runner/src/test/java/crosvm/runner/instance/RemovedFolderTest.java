package crosvm.runner.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RemovedFolderTest {
    @TempDir
    Path root;

    private StateFolder folder;
    private Path proc;

    /** Locks a file and says so, until its input ends. */
    static final class Holder {
        public static void main(String[] arguments) throws IOException {
            try (FileChannel channel =
                    FileChannel.open(Path.of(arguments[0]), StandardOpenOption.WRITE, StandardOpenOption.CREATE)) {
                channel.lock();
                System.out.println("locked");
                System.in.read();
            }
        }
    }

    @BeforeEach
    void makesFolders() throws IOException {
        root = root.toRealPath();
        folder = new StateFolder("web", Files.createDirectories(root.resolve("run/crosvm/web")));
        proc = root.resolve("proc");
        Files.createDirectories(
                proc.resolve(String.valueOf(ProcessHandle.current().pid())));
        Files.createDirectories(proc.resolve("77/fd"));
        Files.writeString(proc.resolve("77/comm"), "java\n");
        Files.createSymbolicLink(proc.resolve("77/fd/5"), Path.of(folder.lockFile() + " (deleted)"));
    }

    private void locks(String lines) throws IOException {
        Files.writeString(proc.resolve("locks"), lines);
    }

    @Test
    void findsTheProcessWhoseLockWasRemoved() throws Exception {
        Process holder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin/java").toString(),
                        "-Xshare:auto",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Holder.class.getName(),
                        folder.lockFile().toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader said =
                new BufferedReader(new InputStreamReader(holder.getInputStream(), StandardCharsets.UTF_8))) {
            assertThat(said.readLine()).isEqualTo("locked");
            assertThat(RemovedFolder.holder(folder, ProcessKey.PROC, null))
                    .as("its lock is there")
                    .isEmpty();
            Files.delete(folder.lockFile());
            assertThat(RemovedFolder.holder(folder, ProcessKey.PROC, null)).contains(holder.pid());
            isTold(holder.pid());
        } finally {
            holder.destroyForcibly().waitFor();
        }
    }

    /** Nothing of the name is left then. */
    private void isTold(long pid) throws Exception {
        Files.setPosixFilePermissions(folder.path().getParent(), PosixFilePermissions.fromString("rwx------"));
        StateFolders folders = new StateFolders(folder.path().getParent());
        assertThatThrownBy(() -> NameLock.take(folders, "web")).hasMessageContaining("still runs as process " + pid);
        assertThat(folder.path()).doesNotExist();
        Thread.sleep(100); // So that the folder of all machines is older than what is read ahead.
        KernelLocks.readAhead();
        assertThatThrownBy(() -> NameLock.take(folders, "web")).hasMessageContaining("End it first: kill " + pid);
        assertThat(folder.path()).doesNotExist();
    }

    /** It may have held its lock when that was read, and the lock may have been where it belongs. */
    @Test
    void readsAgainWhatTheKernelSaysWhenAFolderHasComeOrGoneSince() throws Exception {
        Path all = folder.path().getParent();
        KernelLocks.readAhead();
        assertThat(KernelLocks.unless(all)).as("just made").isNull();
        Thread.sleep(100);
        KernelLocks.readAhead();
        KernelLocks locks = KernelLocks.unless(all);
        assertThat(locks).isNotNull();
        assertThat(locks.lines()).isNotNull();
        assertThat(KernelLocks.unless(all)).as("for one machine").isNull();
        KernelLocks.readAhead();
        Files.delete(folder.path());
        assertThat(KernelLocks.unless(all)).as("gone").isNull();
        KernelLocks.readAhead();
        assertThat(KernelLocks.unless(all.resolve("none"))).as("not there").isNull();
    }

    @Test
    void looksAtThoseAloneThatHoldALockThatIsNotInAnyStateFolder() throws IOException {
        locks("1: FLOCK  ADVISORY  WRITE 77 00:1f:7 0 EOF\n2: POSIX  ADVISORY  WRITE 78 00:1f:8 0 EOF\n");
        assertThat(RemovedFolder.holder(folder, proc, null)).isEmpty();

        locks("1: POSIX  ADVISORY  WRITE 77 00:1f:7 0 EOF\n1: -> POSIX  ADVISORY  WRITE 79 00:1f:7 0 EOF\n");
        assertThat(RemovedFolder.holder(folder, proc, null)).contains(77L);

        Path other = Files.createDirectories(root.resolve("run/crosvm/db")).resolve("lock");
        Files.createFile(other);
        long device = (Long) Files.getAttribute(other, "unix:dev");
        assertThat(device >>> 32).as("a small device number").isZero();
        locks("1: POSIX  ADVISORY  WRITE 77 %02x:%02x:%d 0 EOF\n"
                .formatted(device >> 8 & 0xfff, device & 0xff | device >> 12 & 0xfff00, (Long)
                        Files.getAttribute(other, "unix:ino")));
        assertThat(RemovedFolder.holder(folder, proc, null)).isEmpty();
    }

    @Test
    void looksAtAllWhereNobodyTellsWhoHoldsLocks() {
        assertThat(RemovedFolder.holder(folder, proc, null)).contains(77L);
    }
}
