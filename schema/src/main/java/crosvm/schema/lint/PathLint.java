package crosvm.schema.lint;

import crosvm.schema.bind.Draft;
import crosvm.schema.check.PathUse;
import crosvm.schema.model.NamedPath.Access;
import crosvm.schema.model.ShareSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** Unwise paths: what a guest can change on the host through its writable shares. */
final class PathLint {
    /** Folders of the host's system, with all that is in them. */
    private static final List<Path> SYSTEM = paths(
            "/bin", "/boot", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/libx32", "/proc", "/sbin", "/sys", "/usr");
    /** Such folders below others that are not: {@code /var} holds them, {@code /var/tmp} does not. */
    private static final List<Path> SYSTEM_PARTS =
            paths("/run/systemd", "/run/lock", "/var/lib", "/var/log", "/var/spool", "/var/cache", "/var/run");
    /** Folders that hold everybody's or the system's folders; what is in them may be anybody's. */
    private static final List<Path> HOLDERS = paths("/", "/home", "/opt", "/root", "/run", "/run/user", "/srv", "/var");

    private static final Set<String> ENDINGS_OF_FILES = Set.of("img", "policy", "yaml", "yml", "qcow2", "iso", "sock");
    /** Device nodes that are no disk. */
    private static final Pattern NO_DISK =
            Pattern.compile("/dev/(null|zero|full|u?random|tty.*|pts/.*|std.*|fd.*|kvm)");

    private PathLint() {}

    private static List<Path> paths(String... paths) {
        List<Path> list = new ArrayList<>();
        for (String path : paths) {
            list.add(Path.of(path));
        }
        return list;
    }

    static void lint(Draft draft) {
        List<PathUse> uses = PathUse.sound(draft);
        for (PathUse use : uses) {
            if (use.isShare()) {
                holds(draft, use, uses);
                nested(draft, use, uses);
            }
            name(draft, use);
        }
        List<ShareSpec> shares = draft.spec().shares();
        for (int i = 0; i < shares.size(); i++) {
            ShareSpec share = shares.get(i);
            if (isSystem(share.path()) && !share.readOnly()) {
                draft.problem(
                        LintRule.SHARE_SYSTEM_FOLDER,
                        "shares[" + i + "].path",
                        "the guest may write to the host's " + share.path());
            }
        }
    }

    /** What can be told of a file's kind from its name alone. */
    private static void name(Draft draft, PathUse use) {
        String path = use.path().toString();
        String written = draft.written(use.field());
        String bare = unquoted(written);
        if (hasDrive(bare) || path.indexOf('\\') >= 0) {
            draft.problem(
                    LintRule.WINDOWS_PATH,
                    use.field(),
                    "looks like a path of Windows",
                    "write it with /, without a drive");
            return;
        }
        boolean folder = use.access() == Access.READ_FOLDER || use.access() == Access.WRITE_FOLDER;
        boolean either = use.field().isEmpty() || use.field().equals("control.socket");
        if (!folder && !either && isFolder(bare)) {
            draft.problem(LintRule.FOLDER_PATH, use.field(), "names a folder; a file is meant here");
        } else if (folder && hasEndingOfFile(path)) {
            draft.problem(LintRule.FOLDER_PATH, use.field(), "has the ending of a file; a folder is meant here");
        } else if (!folder && !either && isDevice(use)) {
            draft.problem(
                    LintRule.DEVICE_PATH,
                    use.field(),
                    path + " is a device node of the host; a file is meant here",
                    use.isConsole() ? "to lead a port nowhere, write none" : "");
        }
    }

    private static String unquoted(String written) {
        int start = written.startsWith("\"") || written.startsWith("'") ? 1 : 0;
        int end = written.length() > start && (written.endsWith("\"") || written.endsWith("'")) ? 1 : 0;
        return written.substring(start, written.length() - end);
    }

    private static boolean hasDrive(String path) {
        return path.length() > 2
                && (path.charAt(0) | 0x20) >= 'a'
                && (path.charAt(0) | 0x20) <= 'z'
                && path.charAt(1) == ':'
                && (path.charAt(2) == '/' || path.charAt(2) == '\\');
    }

    /** Whether it ends with a slash, or its last name is {@code .} or {@code ..}. */
    private static boolean isFolder(String path) {
        if (path.endsWith("/")) {
            return true;
        }
        String last = path.substring(path.lastIndexOf('/') + 1);
        return last.equals(".") || last.equals("..");
    }

    private static boolean hasEndingOfFile(String path) {
        return ENDINGS_OF_FILES.contains(path.substring(path.lastIndexOf('.') + 1)) && path.indexOf('.') >= 0;
    }

    /** A disk may be a block device; all else in /dev but shared memory is no file. */
    private static boolean isDevice(PathUse use) {
        return use.path().startsWith("/dev")
                && !use.path().startsWith("/dev/shm")
                && (!use.isDisk() || NO_DISK.matcher(use.path().toString()).matches());
    }

    static boolean isSystem(Path path) {
        return HOLDERS.contains(path) || isIn(path, SYSTEM) || isIn(path, SYSTEM_PARTS);
    }

    private static boolean isIn(Path path, List<Path> folders) {
        for (Path folder : folders) {
            if (path.startsWith(folder)) {
                return true;
            }
        }
        return false;
    }

    private static void holds(Draft draft, PathUse share, List<PathUse> uses) {
        List<String> held = new ArrayList<>();
        for (PathUse use : uses) {
            if (share.letsGuestChange(use)) {
                held.add(
                        use.field().isEmpty()
                                ? "this file itself"
                                : use.field() + " (" + draft.place(use.field()) + ")");
            }
        }
        if (!held.isEmpty()) {
            draft.problem(
                    LintRule.SHARE_HOLDS_FILES,
                    share.field(),
                    "the guest can change " + String.join(", ", held) + " in it",
                    "share a folder that holds nothing the machine is made of, or share it read-only");
        }
    }

    private static void nested(Draft draft, PathUse share, List<PathUse> uses) {
        for (PathUse other : uses) {
            boolean writable = share.access() == Access.WRITE_FOLDER || other.access() == Access.WRITE_FOLDER;
            if (other.isShare() && other.isAbove(share) && writable) {
                draft.problem(
                        LintRule.NESTED_SHARES,
                        share.field(),
                        "lies in " + other.field() + " (" + draft.place(other.field())
                                + "), and one of the two is writable");
            }
        }
    }
}
