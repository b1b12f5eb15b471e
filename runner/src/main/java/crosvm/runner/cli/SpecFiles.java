package crosvm.runner.cli;

import crosvm.runner.report.FailedException;
import crosvm.vmm.FailureReason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The specs at a path: a file is itself; of a folder every {@code vm.yaml} and {@code *.vm.yaml} below it, or, where a folder of
 * specs has none named so, every {@code *.yaml} right in it. Hidden folders and build output are passed over, links to folders
 * are not followed.
 */
final class SpecFiles {
    private final List<Path> found = new ArrayList<>();
    private final Map<Path, String> unreadable = new TreeMap<>();

    private SpecFiles() {}

    /** Looks for specs. */
    static SpecFiles find(Path path) {
        SpecFiles files = new SpecFiles();
        if (!Files.isDirectory(path)) {
            files.found.add(path);
            return files;
        }
        // Without a needless "./" in front.
        boolean here = path.toString().equals(".");
        files.below(path, here);
        if (files.found.isEmpty() && files.unreadable.isEmpty()) {
            files.rightIn(path, here);
        }
        if (files.found.isEmpty() && files.unreadable.isEmpty()) {
            throw new FailedException(
                    path + ": there is no vm.yaml, *.vm.yaml or *.yaml in it. Name a file, or make one: crosvm init");
        }
        return files;
    }

    /** The specs, sorted by name. */
    List<Path> found() {
        return found.stream().sorted().toList();
    }

    /** The specs, sorted by name; a folder that could not be looked into is a failure. */
    List<Path> all() {
        unreadable.forEach((folder, reason) -> {
            throw new FailedException(folder + ": cannot be read: " + reason);
        });
        return found();
    }

    /** Folders that could not be looked into, and why. */
    Map<Path, String> unreadable() {
        return unreadable;
    }

    private void below(Path folder, boolean here) {
        try {
            Files.walkFileTree(folder, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(Path inner, BasicFileAttributes attributes) {
                    return inner.equals(folder) || isVisible(inner)
                            ? FileVisitResult.CONTINUE
                            : FileVisitResult.SKIP_SUBTREE;
                }

                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                    if (isSpec(file) && Files.isRegularFile(file)) {
                        found.add(here ? folder.relativize(file) : file);
                    }
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path file, IOException e) {
                    unreadable.put(file, FailureReason.of(e));
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void rightIn(Path folder, boolean here) {
        try (Stream<Path> files = Files.list(folder)) {
            files.filter(file -> file.toString().endsWith(".yaml") && Files.isRegularFile(file))
                    .forEach(file -> found.add(here ? folder.relativize(file) : file));
        } catch (IOException e) {
            throw new FailedException(folder + ": cannot be read: " + FailureReason.of(e), e);
        }
    }

    private static boolean isSpec(Path file) {
        String name = file.getFileName().toString();
        return name.equals("vm.yaml") || name.endsWith(".vm.yaml");
    }

    private static boolean isVisible(Path folder) {
        String name = folder.getFileName().toString();
        return !name.startsWith(".") && !name.equals("target") && !name.equals("node_modules");
    }
}
