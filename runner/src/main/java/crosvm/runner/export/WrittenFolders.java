package crosvm.runner.export;

import crosvm.schema.bind.Draft;
import crosvm.schema.check.PathUse;
import crosvm.schema.model.NamedPath.Access;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;

/** The folders of the host in which a machine writes: into files there, or by making some. */
final class WrittenFolders {
    private WrittenFolders() {}

    /**
     * Each once, absolute, in the spec's order, which is the same wherever the spec lies; none of them lies in another one.
     */
    static Set<Path> of(Draft draft) {
        Set<Path> folders = new LinkedHashSet<>();
        for (PathUse use : PathUse.of(draft.spec(), draft.file())) {
            if (use.access() == Access.WRITE_FOLDER) {
                folders.add(use.path());
            } else if (use.access() == Access.WRITE || use.access() == Access.LISTEN) {
                folders.add(Objects.requireNonNullElse(use.path().getParent(), use.path()));
            }
        }
        folders.removeIf(
                folder -> folders.stream().anyMatch(other -> !other.equals(folder) && folder.startsWith(other)));
        return folders;
    }
}
