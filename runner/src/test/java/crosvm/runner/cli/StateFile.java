package crosvm.runner.cli;

import crosvm.runner.instance.ProcessKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;

/** State folders as machines leave them, below a runtime folder of a test's. */
final class StateFile {
    private StateFile() {}

    /** Of a machine that this process runs. */
    static Path running(Path runtime, String name) throws IOException {
        return write(runtime, name, ProcessKey.self(), "running", 0, null, "");
    }

    /** Of a machine that ended five minutes ago. */
    static Path ended(Path runtime, String name, int status, String cause) throws IOException {
        return write(runtime, name, new ProcessKey(1, 1, "another boot"), "ended", 2, status, cause);
    }

    /** Of a machine whose process was killed. */
    static Path died(Path runtime, String name) throws IOException {
        return write(runtime, name, new ProcessKey(1, 1, "another boot"), "running", 0, null, "");
    }

    private static Path write(
            Path runtime, String name, ProcessKey process, String state, int restarts, Integer status, String cause)
            throws IOException {
        Path all = runtime.resolve("crosvm");
        if (!Files.exists(all)) {
            Files.createDirectory(
                    all, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
        Path folder = Files.createDirectories(all.resolve(name));
        Instant since = Instant.now().minus(Duration.ofMinutes(5));
        Files.writeString(folder.resolve("lock"), "");
        Files.writeString(folder.resolve("state.json"), """
                {"format":1,"name":"%s","state":"%s","pid":%d,"processStart":%d,"boot":"%s","started":"%s","since":"%s",
                 "restarts":%d,"status":%s,"cause":"%s","file":null,"folder":"/","words":["up","-d","%s.yaml"],
                 "background":true,"vcpus":1,"memory":33554432,"variables":"",
                 "spec":{"name":"%s","disks[0].id":"data","disks[1].id":"root"}}
                """.formatted(
                        name,
                        state,
                        process.pid(),
                        process.start(),
                        process.boot(),
                        since,
                        since,
                        restarts,
                        status,
                        cause,
                        name,
                        name));
        return folder;
    }
}
