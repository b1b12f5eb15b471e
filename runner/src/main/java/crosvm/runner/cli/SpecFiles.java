package crosvm.runner.cli;

import crosvm.runner.report.FailedException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Finds the specs a folder holds. */
final class SpecFiles {
    private SpecFiles() {}

    /**
     * The specs at a path: a file is itself; of a folder every {@code vm.yaml} and {@code *.vm.yaml} below it, or, where a
     * folder of specs has none named so, every {@code *.yaml} right in it. Sorted by name; hidden folders and build output
     * are passed over.
     */
    static List<Path> find(Path path) {
        if (!Files.isDirectory(path)) {
            return List.of(path);
        }
        List<Path> found = below(path);
        if (found.isEmpty()) {
            found = right(path);
        }
        if (found.isEmpty()) {
            throw new FailedException(
                    path + ": there is no vm.yaml, *.vm.yaml or *.yaml in it. Name a file, or make one: crosvm init");
        }
        return found;
    }

    private static List<Path> below(Path folder) {
        try (Stream<Path> files =
                Files.find(folder, 64, (file, attributes) -> attributes.isRegularFile() && isSpec(file))) {
            return shown(folder, files.filter(file -> isVisible(folder.relativize(file))));
        } catch (IOException | UncheckedIOException e) {
            throw new FailedException(folder + ": cannot be searched: " + e.getMessage(), e);
        }
    }

    private static List<Path> right(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return shown(folder, files.filter(file -> file.toString().endsWith(".yaml") && Files.isRegularFile(file)));
        } catch (IOException e) {
            throw new FailedException(folder + ": cannot be read: " + e.getMessage(), e);
        }
    }

    /** Sorted, without a needless {@code ./} in front. */
    private static List<Path> shown(Path folder, Stream<Path> files) {
        boolean here = folder.toString().equals(".");
        return files.map(file -> here ? folder.relativize(file) : file).sorted().toList();
    }

    private static boolean isSpec(Path file) {
        String name = file.getFileName().toString();
        return name.equals("vm.yaml") || name.endsWith(".vm.yaml");
    }

    private static boolean isVisible(Path relative) {
        for (Path part : relative) {
            String name = part.toString();
            if (name.startsWith(".") || name.equals("target") || name.equals("node_modules")) {
                return false;
            }
        }
        return true;
    }
}
