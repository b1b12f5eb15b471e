package crosvm.runner.cli;

import crosvm.runner.report.FailedException;
import crosvm.schema.load.Fleet;
import crosvm.schema.load.SpecLoader;
import crosvm.schema.problem.DidYouMean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What words of a command line mean together: a file of one machine; or one fleet, in a file or several of the same fleet's name, and
 * which of its machines.
 *
 * @param files as they were written
 * @param fleet null for the file of one machine, and when it cannot be told
 * @param names of machines in the fleet; nothing for all
 */
record SpecGroup(List<String> files, @Nullable Fleet fleet, List<String> names) {
    private static final String STANDARD_INPUT = "-";
    private static final String DEFAULT = "vm.yaml";

    /** The words in their order: files, folders (each spec in them), and behind a fleet's file names of machines in it. */
    static List<SpecGroup> of(List<String> words, SpecLoader loader) {
        List<SpecGroup> groups = new ArrayList<>();
        for (String word : words) {
            SpecGroup last = groups.isEmpty() ? null : groups.get(groups.size() - 1);
            if (last != null
                    && last.fleet() != null
                    && !last.fleet().named(word).isEmpty()) {
                groups.set(groups.size() - 1, last.with(word));
                continue;
            }
            SpecGroup here = last == null && !Files.exists(Path.of(word)) ? inDefault(word, loader) : null;
            if (here != null) {
                groups.add(here);
            } else if (last != null
                    && last.fleet() != null
                    && !Files.exists(Path.of(word))
                    && !word.equals(STANDARD_INPUT)) {
                throw new FailedException(word + ": is neither a file nor a machine in "
                        + last.files().get(0) + "; "
                        + DidYouMean.hint(
                                word, List.copyOf(last.fleet().members().keySet())));
            } else {
                add(word, groups, loader);
            }
        }
        return groups;
    }

    private static void add(String word, List<SpecGroup> groups, SpecLoader loader) {
        if (word.equals(STANDARD_INPUT)) {
            groups.add(new SpecGroup(List.of(word), null, List.of()));
            return;
        }
        List<Path> found = SpecFiles.machines(Path.of(word)).all();
        Set<List<String>> known = new LinkedHashSet<>();
        groups.forEach(group -> known.add(group.files()));
        for (Path file : found) {
            Fleet fleet = loader.fleet(file);
            SpecGroup last = groups.isEmpty() ? null : groups.get(groups.size() - 1);
            boolean isMore = found.size() == 1
                    && fleet != null
                    && last != null
                    && last.fleet() != null
                    && last.names().isEmpty()
                    && last.fleet().name().equals(fleet.name());
            if (last != null && isMore && !last.files().contains(file.toString())) {
                groups.set(groups.size() - 1, last.and(file.toString(), loader));
            } else if (known.add(List.of(file.toString()))) {
                groups.add(new SpecGroup(List.of(file.toString()), fleet, List.of()));
            }
        }
    }

    /** The machine of that name in the current folder's fleet, or null. */
    private static @Nullable SpecGroup inDefault(String word, SpecLoader loader) {
        Fleet fleet = Files.isRegularFile(Path.of(DEFAULT)) ? loader.fleet(Path.of(DEFAULT)) : null;
        return fleet == null || fleet.named(word).isEmpty()
                ? null
                : new SpecGroup(List.of(DEFAULT), fleet, List.of(word));
    }

    private SpecGroup with(String name) {
        List<String> more = new ArrayList<>(names);
        more.add(name);
        return new SpecGroup(files, fleet, more);
    }

    private SpecGroup and(String file, SpecLoader loader) {
        List<String> more = new ArrayList<>(files);
        more.add(file);
        return new SpecGroup(more, loader.fleet(more.stream().map(Path::of).toList()), names);
    }

    /** Whether it comes from standard input. */
    boolean isStandardInput() {
        return files.get(0).equals(STANDARD_INPUT);
    }

    /** The first file, absolute; null for standard input. */
    @Nullable Path file() {
        return isStandardInput() ? null : Path.of(files.get(0)).toAbsolutePath().normalize();
    }
}
