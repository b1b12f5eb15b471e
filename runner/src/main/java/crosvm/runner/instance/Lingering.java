package crosvm.runner.instance;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Whether systemd lets a user's folder below /run/user, and processes, outlive the last logout (loginctl(1), enable-linger).
 * Without that, logind removes the state of machines in the background that go on, or ends them (logind.conf(5),
 * KillUserProcesses).
 *
 * @param folders where machines have their state
 * @param root {@code /}, or a stand-in for tests
 * @param user the name of whoever asks
 */
public record Lingering(StateFolders folders, Path root, String user) {
    private static final String SUBJECT = "lingering";

    /** For the doctor. */
    public static Finding look(StateFolders folders) {
        return ofHost(folders).look();
    }

    /** What somebody should know who has just started a machine in the background; empty when all is well. */
    public static Optional<String> warning(StateFolders folders) {
        Lingering lingering = ofHost(folders);
        Finding finding = lingering.look();
        return finding.level() == Finding.Level.OK
                ? Optional.empty()
                : Optional.of("machines in the background: " + finding.found() + ". To keep them: " + finding.fix());
    }

    private static Lingering ofHost(StateFolders folders) {
        return new Lingering(folders, Path.of("/"), System.getProperty("user.name"));
    }

    Finding look() {
        boolean removed = folders.path().startsWith(root.resolve("run/user"))
                && Files.isDirectory(root.resolve("run/systemd/seats"));
        if (!removed) {
            return Finding.ok(SUBJECT, "not needed: machines have their state in " + folders.path());
        }
        return Files.exists(root.resolve("var/lib/systemd/linger").resolve(user))
                ? Finding.ok(SUBJECT, "on for " + user + ": machines outlive your logout")
                : Finding.note(
                        SUBJECT,
                        "at the last logout of " + user + " systemd removes their state (" + folders.path()
                                + ") and may end them",
                        "loginctl enable-linger " + user);
    }
}
