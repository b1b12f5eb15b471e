package crosvm.schema.bind;

import crosvm.schema.problem.ProblemLog;
import crosvm.schema.yaml.Tree;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Reads paths: absolute, or relative to a folder. Used by one thread. */
final class PathReader {
    /** PATH_MAX of Linux without the final zero, in bytes. */
    private static final int MAX_PATH_BYTES = 4095;
    /** NAME_MAX of Linux, in bytes. */
    private static final int MAX_NAME_BYTES = 255;

    private final ProblemLog log;

    private final CarriedRoot carried;

    PathReader(ProblemLog log, CarriedRoot carried) {
        this.log = log;
        this.carried = carried;
    }

    /** The absolute path, or null after a problem. */
    @Nullable Path read(ScalarReader texts, Tree.Scalar scalar, String path, Path folder) {
        String text = texts.text(scalar, path);
        if (text == null) {
            return null;
        }
        if (text.isBlank()) {
            return bad(scalar, path, "is an empty path");
        }
        if (hasControl(text)) {
            return bad(scalar, path, "has a control character in it");
        }
        if (text.startsWith("~") && text.matches("~[A-Za-z0-9_.-]*(/.*)?")) {
            int slash = text.indexOf('/');
            String rest = slash < 0 ? "" : text.substring(slash);
            boolean own = text.equals("~" + rest);
            log.add(
                    FieldRule.TILDE_PATH,
                    scalar.origin(),
                    path,
                    "only a shell expands ~",
                    own ? "write ${HOME}" + rest : "write the home folder out; a folder of that name is ./" + text);
            return null;
        }
        // Taking out the .. of a path takes the square of its length.
        if (text.length() > MAX_PATH_BYTES) {
            return bad(scalar, path, "has " + text.length() + " characters; Linux takes " + MAX_PATH_BYTES + " bytes");
        }
        Path absolute;
        try {
            absolute = folder.resolve(text).normalize();
        } catch (InvalidPathException e) {
            return bad(scalar, path, "cannot be a file's name in this locale; set LC_ALL=C.UTF-8");
        }
        int length = bytes(absolute);
        if (length > MAX_PATH_BYTES) {
            return bad(scalar, path, "the absolute path has " + length + " bytes; Linux takes " + MAX_PATH_BYTES);
        }
        if (length > MAX_NAME_BYTES) {
            for (Path name : absolute) {
                if (bytes(name) > MAX_NAME_BYTES) {
                    return bad(
                            scalar, path, "a name in it has " + bytes(name) + " bytes; Linux takes " + MAX_NAME_BYTES);
                }
            }
        }
        return carried.place(absolute);
    }

    private static boolean hasControl(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isISOControl(text.charAt(i))) {
                return true;
            }
        }
        return false;
    }

    private static int bytes(Path path) {
        return path.toString().getBytes(StandardCharsets.UTF_8).length;
    }

    private @Nullable Path bad(Tree.Scalar scalar, String path, String message) {
        log.add(FieldRule.BAD_PATH, scalar.origin(), path, message);
        return null;
    }
}
