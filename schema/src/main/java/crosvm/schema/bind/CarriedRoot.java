package crosvm.schema.bind;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Files that came from another computer with a spec, each below one folder at the path that it had there: an absolute path in the spec
 * means the file that came, where one did. Immutable; any thread.
 *
 * @param folder absolute; null when nothing came
 */
public record CarriedRoot(@Nullable Path folder) {
    /** The environment variable that names the folder. */
    public static final String VARIABLE = "CROSVM_CARRIED";

    /** The one of an environment. */
    static CarriedRoot of(@Nullable Map<String, String> environment) {
        String folder = environment == null ? null : environment.get(VARIABLE);
        return new CarriedRoot(folder == null || !folder.startsWith("/") ? null : Path.of(folder));
    }

    /** Where an absolute path leads here. */
    public Path place(Path path) {
        if (folder == null || path.getNameCount() == 0 || path.startsWith(folder)) {
            return path;
        }
        Path carried = folder.resolve(path.subpath(0, path.getNameCount()));
        return Files.exists(carried) ? carried : path;
    }
}
