package crosvm.runner.cli;

import crosvm.runner.instance.MachineNames;
import crosvm.runner.report.FailedException;
import crosvm.schema.load.SpecLoader;
import crosvm.vmm.FailureReason;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The specs at a path: a file is itself; of a folder they are known by their names ({@code vm.yaml}, {@code web.vm.yml}) and by
 * their content, a YAML file with {@code kernel:} at the top, or with {@code machines:} that have one. Hidden files and folders, build output and what {@code
 * .crosvmignore} lists are passed over, links to folders are not followed.
 */
final class SpecFiles {
    private static final String DEFAULT = "vm.yaml";

    /** The look of a spec in a folder; compiled for one, not for a file. */
    private static final class Look {
        private static final Pattern NAME = Pattern.compile("(.+\\.)?vm\\.ya?ml");
        private static final Pattern YAML = Pattern.compile("[^.].*\\.ya?ml");
        private static final Pattern CONTENT = Pattern.compile("(?m)^(\\{ *)?([\"']?)kernel\\2 *:");
        /** Of several machines, of which one has a kernel. */
        private static final Pattern MACHINES = Pattern.compile("(?m)^(\\{ *)?([\"']?)machines\\2 *:");

        private static final Pattern KERNEL = Pattern.compile("(?m)^.*\\bkernel[\"']? *:");

        private Look() {}
    }

    private final Path top;
    private final IgnoreFile ignored;
    private final List<Path> named = new ArrayList<>();
    private final List<Path> recognised = new ArrayList<>();
    private final Map<Path, String> unreadable = new TreeMap<>();
    private final Map<Path, String> skipped = new TreeMap<>();

    private SpecFiles(Path top) {
        this.top = top;
        this.ignored = IgnoreFile.in(top);
    }

    /** For lint: of a folder, everything below it that is a spec by its name or its content. */
    static SpecFiles find(Path path) {
        return of(path, true);
    }

    /** To be started: of a folder, the specs below it by their names, or else those right in it by their content. */
    static SpecFiles machines(Path path) {
        return of(path, false);
    }

    /** Whether a word on the command line is a folder, and not the name of a machine. */
    static boolean isSeveral(String word, Streams streams) {
        return Files.isDirectory(Path.of(word)) && !MachineNames.isKnown(word, streams.environment());
    }

    /**
     * The spec of a folder where one is wanted: {@code vm.yaml}, or the only one.
     *
     * @throws FailedException when there are several
     */
    static String one(Path folder) {
        if (Files.isRegularFile(folder.resolve(DEFAULT))) {
            return folder.resolve(DEFAULT).toString();
        }
        List<Path> specs = machines(folder).all();
        if (specs.size() > 1) {
            throw new FailedException(folder + ": contains several specs; name one of them: "
                    + specs.stream().map(Path::toString).collect(Collectors.joining(", ")));
        }
        return specs.get(0).toString();
    }

    private static SpecFiles of(Path path, boolean all) {
        SpecFiles files = new SpecFiles(path);
        if (!Files.isDirectory(path)) {
            files.named.add(path);
            return files;
        }
        files.walk();
        if (!all) {
            boolean none = files.named.isEmpty();
            files.recognised.removeIf(
                    file -> !none || !path.resolve(file.getFileName()).equals(file));
        }
        if (files.found().isEmpty() && files.unreadable.isEmpty()) {
            throw new FailedException(
                    path + ": contains no spec: neither vm.yaml or *.vm.yaml, nor a YAML file with kernel:"
                            + " at the top. Name a file, or create one: crosvm init");
        }
        return files;
    }

    /** The specs, sorted by name. */
    List<Path> found() {
        List<Path> found = new ArrayList<>(named);
        found.addAll(recognised);
        // Without a needless "./" in front.
        boolean here = top.toString().equals(".");
        for (int i = 0; here && i < found.size(); i++) {
            if (found.get(i).startsWith(top)) {
                found.set(i, top.relativize(found.get(i)));
            }
        }
        Collections.sort(found);
        return found;
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

    /** Folders that were passed over, and why. */
    Map<Path, String> skipped() {
        return skipped;
    }

    private void walk() {
        try {
            Files.walkFileTree(top, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                    String reason = folder.equals(top) ? "" : whySkipped(folder);
                    if (reason.isEmpty()) {
                        return FileVisitResult.CONTINUE;
                    }
                    skipped.put(folder, reason);
                    return FileVisitResult.SKIP_SUBTREE;
                }

                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                    visit(file, attributes);
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

    private String whySkipped(Path folder) {
        String name = folder.getFileName().toString();
        if (name.startsWith(".")) {
            return "hidden";
        }
        if (name.equals("target") || name.equals("node_modules")) {
            return "build output";
        }
        return ignored.covers(folder) ? IgnoreFile.NAME : "";
    }

    private void visit(Path file, BasicFileAttributes attributes) {
        String name = file.getFileName().toString();
        if (!Look.YAML.matcher(name).matches() || !isFile(file, attributes) || ignored.covers(file)) {
            return;
        }
        if (Look.NAME.matcher(name).matches()) {
            named.add(file);
        } else if (looksLikeSpec(file)) {
            recognised.add(file);
        }
    }

    /** Whether it is a file, or a link to one. */
    private static boolean isFile(Path file, BasicFileAttributes attributes) {
        return attributes.isRegularFile() || attributes.isSymbolicLink() && Files.isRegularFile(file);
    }

    /** A file that cannot be read is none: it may be anything, and nobody has named it. */
    private static boolean looksLikeSpec(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            String text = new String(in.readNBytes(SpecLoader.MAX_FILE_BYTES), StandardCharsets.UTF_8);
            return Look.CONTENT.matcher(text).find()
                    || Look.MACHINES.matcher(text).find()
                            && Look.KERNEL.matcher(text).find();
        } catch (IOException e) {
            return false;
        }
    }
}
