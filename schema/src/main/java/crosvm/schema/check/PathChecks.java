package crosvm.schema.check;

import crosvm.schema.bind.Draft;
import crosvm.schema.model.NamedPath.Access;
import java.util.List;

/** Whether everything that a machine does with paths of the host can be done beside each other. */
final class PathChecks {
    private PathChecks() {}

    static void check(Draft draft) {
        List<PathUse> uses = PathUse.sound(draft);
        for (int i = 0; i < uses.size(); i++) {
            for (int j = 0; j < i; j++) {
                if (clash(draft, uses.get(j), uses.get(i))) {
                    break; // one mistake is one finding
                }
            }
        }
    }

    @SuppressWarnings("ReferenceEquality") // Which of the two it is, not what it says.
    private static boolean clash(Draft draft, PathUse before, PathUse use) {
        if (before.path().equals(use.path()) && before.excludes(use)) {
            same(draft, before, use);
            return true;
        }
        PathUse file = before.isFileAbove(use) ? before : use;
        PathUse below = file == before ? use : before;
        // What the spec file lies in is a folder, whatever it is used for: lint says that.
        boolean folder = draft.file() != null && draft.file().startsWith(file.path());
        if (file.isFileAbove(below) && !folder) {
            draft.problem(
                    SpecRule.PATH_TAKEN,
                    below.field(),
                    "lies below " + name(draft, file) + ", which is not a folder",
                    "give it a path of its own");
            return true;
        }
        return false;
    }

    private static void same(Draft draft, PathUse before, PathUse use) {
        if (before.isDisk() && use.isDisk() || before.isShare() && use.isShare()) {
            draft.problem(
                    use.isDisk() ? SpecRule.DISK_TWICE : SpecRule.SHARE_TWICE,
                    use.field(),
                    "is the same as " + name(draft, before) + ", and one of them is writable");
        } else if (before.isConsole() && use.isConsole()) {
            draft.problem(
                    SpecRule.PORT_TWICE,
                    use.field(),
                    before.field().replace(".path", "") + " leads there already (" + draft.place(before.field()) + ")");
        } else if (before.field().equals("control.socket") && use.access() == Access.LISTEN) {
            draft.problem(
                    SpecRule.SOCKET_TWICE,
                    use.field(),
                    "is the control socket already (" + draft.place(before.field()) + ")");
        } else {
            draft.problem(
                    SpecRule.PATH_TAKEN,
                    use.field(),
                    before.field().isEmpty()
                            ? "is this file itself"
                            : "is the path of " + before.field() + " already (" + draft.place(before.field()) + ")",
                    "give it a path of its own");
        }
    }

    private static String name(Draft draft, PathUse use) {
        return use.field().isEmpty() ? "this file itself" : use.field() + " (" + draft.place(use.field()) + ")";
    }
}
