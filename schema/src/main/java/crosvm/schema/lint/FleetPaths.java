package crosvm.schema.lint;

import crosvm.schema.bind.Draft;
import crosvm.schema.check.PathUse;
import crosvm.schema.model.NamedPath.Access;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;

/** The paths of all machines that are linted together, and who may change whose. Owned by one run of the linter. */
final class FleetPaths {
    /** By path, in the order of its bytes: what lies in a folder then stands together. */
    private final NavigableMap<String, List<Use>> uses = new TreeMap<>();
    /** Those of them that are folders which a guest may write. */
    private final Map<String, List<Use>> writable = new HashMap<>();

    /** One machine's use of a path. */
    private record Use(String file, Draft draft, PathUse use) {
        String place() {
            return FleetLint.place(file, draft, use.field());
        }
    }

    /** Compares what one more machine does with those before it. */
    void add(String file, Draft draft) {
        List<Use> own = new ArrayList<>();
        for (PathUse use : PathUse.sound(draft)) {
            own.add(new Use(file, draft, use));
        }
        for (Use use : own) {
            same(use);
            if (use.use().access() == Access.WRITE_FOLDER) {
                below(use);
            }
            above(use);
        }
        for (Use use : own) {
            String path = key(use.use().path());
            List<Use> same = uses.get(path);
            if (same == null) {
                same = new ArrayList<>(1);
                uses.put(path, same);
            }
            same.add(use);
            if (use.use().access() == Access.WRITE_FOLDER) {
                writable.computeIfAbsent(path, p -> new ArrayList<>(1)).add(use);
            }
        }
    }

    private static String key(Path path) {
        return path.toString();
    }

    private void same(Use use) {
        for (Use before : uses.getOrDefault(key(use.use().path()), List.of())) {
            boolean bothShares = before.use().isShare() && use.use().isShare();
            boolean ownSpec =
                    before.use().field().isEmpty() || use.use().field().isEmpty();
            if (ownSpec && Objects.equals(before.draft().file(), use.draft().file())) {
                continue; // Each machine of a file is checked against it.
            }
            if (!bothShares && before.use().excludes(use.use())) {
                tell(before, use);
                return;
            }
        }
    }

    /** The finding stands at the use of the later file; the spec file has no field, so its machine's other use is blamed. */
    private static void tell(Use before, Use use) {
        boolean blameFirst = use.use().field().isEmpty();
        Use blamed = blameFirst ? before : use;
        Use other = blameFirst ? use : before;
        PathUse a = blamed.use();
        PathUse b = other.use();
        Path path = a.path();
        if (blamed.place().equals(other.place())) {
            blamed.draft()
                    .problem(
                            sameRule(a, b),
                            a.field(),
                            path + " is that of several machines here, and one of them writes to it or listens on it",
                            "give each its own, for example with ${CROSVM_REPLICA} or ${CROSVM_MACHINE} in it");
            return;
        }
        if (a.isDisk() && b.isDisk()) {
            problem(
                    blamed,
                    FleetRule.DISK,
                    path + ", which one of them writes to, is used at " + other.place() + " too");
        } else if (a.access() == Access.LISTEN && b.access() == Access.LISTEN) {
            problem(blamed, FleetRule.SOCKET, "the socket " + path + " is used at " + other.place() + " too");
        } else if (a.isConsole() && b.isConsole()) {
            problem(blamed, FleetRule.CONSOLE, "the file " + path + " is used at " + other.place() + " too");
        } else if (a.isConsole() && b.isDisk()) {
            problem(blamed, FleetRule.CONSOLE, path + " is a disk at " + other.place());
        } else if (a.isDisk() && b.isConsole()) {
            problem(blamed, FleetRule.CONSOLE, "a console port writes to " + path + " at " + other.place());
        } else {
            String theirs = b.field().isEmpty() ? "the spec file" : b.field();
            problem(blamed, FleetRule.PATH, path + " is " + theirs + " at " + other.place());
        }
    }

    private static FleetRule sameRule(PathUse a, PathUse b) {
        boolean bothListen = a.access() == Access.LISTEN && b.access() == Access.LISTEN;
        return a.isDisk() ? FleetRule.DISK : bothListen ? FleetRule.SOCKET : FleetRule.CONSOLE;
    }

    /** Earlier machines' files in a folder that this one's guest may write. */
    private void below(Use share) {
        String folder = key(share.use().path());
        String from = folder.endsWith("/") ? folder : folder + "/";
        String to = from.substring(0, from.length() - 1) + (char) ('/' + 1);
        for (List<Use> list : uses.subMap(from, to).values()) {
            for (Use held : list) {
                if (share.use().letsGuestChange(held.use())) {
                    changed(share, held);
                    return;
                }
            }
        }
    }

    /** This machine's file in a folder that an earlier one's guest may write. */
    private void above(Use held) {
        if (writable.isEmpty()) {
            return;
        }
        for (Path folder = held.use().path(); folder != null; folder = folder.getParent()) {
            for (Use share : writable.getOrDefault(key(folder), List.of())) {
                if (share.use().letsGuestChange(held.use())) {
                    changed(share, held);
                    return;
                }
            }
        }
    }

    private static void changed(Use share, Use held) {
        String what =
                held.use().field().isEmpty() ? "the spec file" : held.use().field();
        problem(
                share,
                FleetRule.SHARE,
                "the guest can change " + what + " of the machine at " + held.place() + " in it");
    }

    private static void problem(Use at, FleetRule rule, String message) {
        at.draft().problem(rule, at.use().field(), message);
    }
}
