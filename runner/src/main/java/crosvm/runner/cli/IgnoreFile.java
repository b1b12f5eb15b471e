package crosvm.runner.cli;

import crosvm.runner.report.FailedException;
import crosvm.vmm.FailureReason;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.List;
import java.util.regex.PatternSyntaxException;

/**
 * What {@code .crosvmignore} in a folder says is not to be searched for specs: a pattern a line, as of {@link
 * java.nio.file.FileSystem#getPathMatcher glob}, for paths relative to that folder; {@code #} begins a comment. Immutable.
 */
final class IgnoreFile {
    static final String NAME = ".crosvmignore";

    private final Path folder;
    private final List<PathMatcher> patterns;

    private IgnoreFile(Path folder, List<PathMatcher> patterns) {
        this.folder = folder;
        this.patterns = patterns;
    }

    /**
     * The patterns of a folder; none where there is no such file.
     *
     * @throws FailedException when the file cannot be read or a pattern is not a glob
     */
    static IgnoreFile in(Path folder) {
        Path file = folder.resolve(NAME);
        if (!Files.isRegularFile(file)) {
            return new IgnoreFile(folder, List.of());
        }
        try {
            return new IgnoreFile(
                    folder,
                    Files.readAllLines(file).stream()
                            .map(line -> line.replaceFirst("(^|\\s)#.*", "").strip())
                            .filter(line -> !line.isEmpty())
                            .map(line -> matcher(file, line))
                            .toList());
        } catch (IOException e) {
            throw new FailedException(file + ": cannot be read: " + FailureReason.of(e), e);
        }
    }

    private static PathMatcher matcher(Path file, String line) {
        try {
            return FileSystems.getDefault().getPathMatcher("glob:" + line.replaceFirst("/$", ""));
        } catch (PatternSyntaxException e) {
            throw new FailedException(file + ": \"" + line + "\" is not a pattern: " + e.getDescription(), e);
        }
    }

    /** Whether a path below the folder is to be passed over. */
    boolean covers(Path path) {
        if (patterns.isEmpty()) {
            return false;
        }
        Path relative = folder.relativize(path);
        return patterns.stream().anyMatch(pattern -> pattern.matches(relative));
    }
}
