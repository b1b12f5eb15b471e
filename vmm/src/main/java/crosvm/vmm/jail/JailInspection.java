package crosvm.vmm.jail;

import crosvm.vmm.VmmException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A look from outside, by what the kernel shows in /proc (proc(5)), at a jail whose door has just been closed. What was built by
 * several programs of the host's is believed only when it is so.
 */
final class JailInspection {
    /** No capability. */
    private static final String NONE = "0000000000000000";

    /** The four ids that all are the user's. */
    private static final List<String> IDS = List.of("Uid", "Gid");

    /** Of every thread: no capability in any set, never one to be had, bound by a filter. */
    private static final Map<String, String> OF_EVERY_THREAD = Map.of(
            "CapInh",
            NONE,
            "CapPrm",
            NONE,
            "CapEff",
            NONE,
            "CapBnd",
            NONE,
            "CapAmb",
            NONE,
            "NoNewPrivs",
            "1",
            "Seccomp",
            "2");

    private JailInspection() {}

    /**
     * @param pid of the jailed process, as seen from here
     * @param user whom it has to be; null when it is who we are
     * @throws VmmException when anything is not as it must be; the process must be killed then
     */
    static void require(String name, OptionalInt pid, @Nullable JailUser user) {
        if (pid.isEmpty()) {
            throw new VmmException("device process " + name + " ended while its jail was being inspected");
        }
        Path proc = Path.of("/proc", Integer.toString(pid.getAsInt()));
        try {
            requireEmptyRoot(name, proc);
            try (Stream<Path> threads = Files.list(proc.resolve("task"))) {
                for (Path thread : threads.toList()) {
                    requireBound(name, thread, user);
                }
            }
        } catch (IOException e) {
            throw new VmmException("the jail of device process " + name + " cannot be inspected: " + e, e);
        }
    }

    private static void requireEmptyRoot(String name, Path proc) throws IOException {
        Path root = proc.resolve("root");
        Object itself = Files.readAttributes(root, BasicFileAttributes.class).fileKey();
        Object current = Files.readAttributes(proc.resolve("cwd"), BasicFileAttributes.class)
                .fileKey();
        Object ours =
                Files.readAttributes(Path.of("/"), BasicFileAttributes.class).fileKey();
        if (!Objects.equals(itself, current) || Objects.equals(itself, ours)) {
            throw wrong(
                    name, "its working folder is " + Files.readSymbolicLink(proc.resolve("cwd")) + " and not its root");
        }
        try (Stream<Path> files = Files.list(root)) {
            if (files.findAny().isPresent()) {
                throw wrong(name, "there are files in its root");
            }
        }
    }

    private static void requireBound(String name, Path thread, @Nullable JailUser user) throws IOException {
        Map<String, String> status = new LinkedHashMap<>();
        for (String line : Files.readAllLines(thread.resolve("status"), StandardCharsets.ISO_8859_1)) {
            int colon = line.indexOf(':');
            status.put(line.substring(0, colon), line.substring(colon + 1).strip());
        }
        for (Map.Entry<String, String> must : OF_EVERY_THREAD.entrySet()) {
            String is = status.get(must.getKey());
            if (!must.getValue().equals(is)) {
                throw wrong(
                        name,
                        must.getKey() + " of its thread " + thread.getFileName() + " is " + is + ", not "
                                + must.getValue());
            }
        }
        if (user == null) {
            return;
        }
        String all = String.join("\t", Collections.nCopies(4, Integer.toString(user.id())));
        for (String ids : IDS) {
            if (!all.equals(status.get(ids))) {
                throw wrong(
                        name,
                        ids + " of its thread " + thread.getFileName() + " is " + status.get(ids) + ", not " + all);
            }
        }
        if (!"".equals(status.get("Groups"))) {
            throw wrong(name, "it is still in the groups " + status.get("Groups"));
        }
    }

    private static VmmException wrong(String name, String what) {
        return new VmmException("the jail of device process " + name + " is not closed: " + what
                + ". This is a bug in crosvm; please report it with the versions of the kernel and util-linux");
    }
}
