package crosvm.schema.load;

import crosvm.schema.bind.Binder;
import crosvm.schema.bind.Derived;
import crosvm.schema.bind.Draft;
import crosvm.schema.bind.FieldRule;
import crosvm.schema.bind.Interpolation;
import crosvm.schema.bind.SpecOverrides;
import crosvm.schema.bind.Variables;
import crosvm.schema.check.SpecChecks;
import crosvm.schema.model.VmSpec;
import crosvm.schema.problem.Origin;
import crosvm.schema.problem.Position;
import crosvm.schema.problem.Problem;
import crosvm.schema.problem.ProblemLog;
import crosvm.schema.problem.SourceText;
import crosvm.schema.yaml.MergeKeys;
import crosvm.schema.yaml.Tree;
import crosvm.schema.yaml.YamlReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * YAML to a {@link VmSpec}, or to all problems at once. Looks at nothing of the host but the file itself, those that it includes, the
 * environment it is given and, for a file of several machines, the {@code .env} beside it; and, for a spec that came from another
 * computer ({@link crosvm.schema.bind.CarriedRoot}), whether the files came too that it names. Immutable; any thread.
 */
public final class SpecLoader {
    /** The largest file that is read, in bytes. */
    public static final int MAX_FILE_BYTES = 256 << 10;

    private final Variables variables;
    private final @Nullable Path envFile;
    private final boolean member;

    private SpecLoader(Variables variables, @Nullable Path envFile, boolean member) {
        this.variables = variables;
        this.envFile = envFile;
        this.member = member;
    }

    /** A loader that fills in this process's environment. */
    public static SpecLoader create() {
        return withEnvironment(System.getenv());
    }

    /** A loader that fills in these variables only: {@code Map.of()} gives the same answer on every machine. */
    public static SpecLoader withEnvironment(Map<String, String> environment) {
        return new SpecLoader(Variables.of(environment), null, false);
    }

    /** A loader that looks at the text alone: of a value with a variable that has no default nothing is known. */
    public static SpecLoader withoutEnvironment() {
        return new SpecLoader(Variables.of(null), null, false);
    }

    /** The same loader that takes what the environment has not from this file, and from no {@code .env}. */
    public SpecLoader withEnvFile(@Nullable Path file) {
        return new SpecLoader(variables, file, member);
    }

    /** The same loader for one machine of a fleet that is written down by itself: it may be on networks of that. */
    public SpecLoader ofMember() {
        return new SpecLoader(variables, envFile, true);
    }

    /** Loads the file of one machine; relative paths in it start at its folder. A file that cannot be read is a problem too. */
    public LoadResult load(Path file) {
        return load(file, SpecOverrides.none());
    }

    /** The same with changes from the command line; relative paths in those start at the working folder. */
    public LoadResult load(Path file, SpecOverrides overrides) {
        return single(loadAll(List.of(file), overrides));
    }

    /**
     * Loads the bytes of one machine's file, for example from standard input.
     *
     * @param name how messages name the source; also gives the machine its name, as a file in the folder would
     * @param bytes UTF-8
     * @param folder where relative paths start
     */
    public LoadResult load(String name, byte[] bytes, Path folder, SpecOverrides overrides) {
        return single(loadAll(name, bytes, folder, overrides));
    }

    /** Loads a text; see {@link #load(String, byte[], Path, SpecOverrides)}. */
    public LoadResult load(String name, String text, Path folder) {
        return load(name, text.getBytes(StandardCharsets.UTF_8), folder, SpecOverrides.none());
    }

    /** Where one machine is wanted. */
    private static LoadResult single(LoadedSpec loaded) {
        Fleet fleet = loaded.fleet();
        if (fleet == null && loaded.machines().size() == 1) {
            return loaded.machines().get(0).result();
        }
        List<Problem> problems = new ArrayList<>(loaded.problems());
        if (fleet != null) {
            Problem several = new Problem(
                    loaded.name(),
                    Position.FILE,
                    FieldRule.UNKNOWN_KEY.severity(),
                    FieldRule.UNKNOWN_KEY,
                    "holds several machines, where one is wanted",
                    "",
                    "name one of them");
            problems.add(0, several);
        }
        return new LoadResult(null, problems, Map.of(), null);
    }

    /** Loads the file of one machine or of several, or several files that are one fleet together: the later ones over the earlier. */
    public LoadedSpec loadAll(List<Path> files, SpecOverrides overrides) {
        List<FleetSource> sources = new ArrayList<>();
        for (Path file : files) {
            SourceFile source = SourceFile.read(file.toString(), file);
            if (source.problem() != null) {
                return LoadedSpec.of(refused(source.problem()));
            }
            Path absolute = file.toAbsolutePath();
            sources.add(new FleetSource(Objects.requireNonNull(source.text()), absolute));
        }
        return loadAll(sources, Derived.machineName(files.get(0)), overrides);
    }

    /** Loads bytes; see {@link #load(String, byte[], Path, SpecOverrides)}. */
    public LoadedSpec loadAll(String name, byte[] bytes, Path folder, SpecOverrides overrides) {
        SourceFile source = SourceFile.of(name, bytes);
        if (source.problem() != null) {
            return LoadedSpec.of(refused(source.problem()));
        }
        Path file = folder.toAbsolutePath().resolve(String.valueOf(Path.of(name).getFileName()));
        return loadAll(
                List.of(new FleetSource(Objects.requireNonNull(source.text()), file)),
                Derived.machineName(folder.resolve(name)),
                overrides);
    }

    private LoadedSpec loadAll(List<FleetSource> sources, String machine, SpecOverrides overrides) {
        FleetSource first = sources.get(0);
        ProblemLog log = new ProblemLog(first.text());
        Tree tree = YamlReader.readFile(first.text(), log);
        if (tree == null) {
            return LoadedSpec.of(new LoadResult(null, log.sorted(), Map.of(), null));
        }
        if (sources.size() > 1 || FleetFiles.isFleet(tree)) {
            return new FleetReader(log, variables, envFile).load(sources, tree, overrides);
        }
        new MergeKeys(log).refuse(tree);
        Path folder = Objects.requireNonNullElse(first.file().getParent(), Path.of("/"));
        Path file = first.file().normalize();
        return LoadedSpec.of(bind(tree, log, folder, file, machine, overrides));
    }

    /** Which machines a file has; null when it is the file of one machine, cannot be read, or that cannot be told. */
    public @Nullable Fleet fleet(Path file) {
        return fleet(List.of(file));
    }

    /** The same of several files that are one fleet together. */
    public @Nullable Fleet fleet(List<Path> files) {
        List<FleetSource> sources = new ArrayList<>();
        for (Path file : files) {
            SourceText text = SourceFile.read(file.toString(), file).text();
            if (text == null) {
                return null;
            }
            sources.add(new FleetSource(text, file.toAbsolutePath()));
        }
        SourceText first = sources.get(0).text();
        ProblemLog log = new ProblemLog(first);
        Tree tree = YamlReader.readFile(first, log);
        return tree == null || !FleetFiles.isFleet(tree)
                ? null
                : new FleetReader(log, variables, envFile).fleet(sources, tree, SpecOverrides.none());
    }

    /** What there is to say of a file or folder that cannot be read for this reason. */
    public static LoadResult unreadable(String name, String reason) {
        return refused(
                Objects.requireNonNull(SourceFile.unreadable(name, reason).problem()));
    }

    private static LoadResult refused(Problem problem) {
        return new LoadResult(null, List.of(problem), Map.of(), null);
    }

    /** Builds a spec from flags alone, without a file; {@code name} stands for the command in messages. */
    public LoadResult build(String name, SpecOverrides overrides) {
        ProblemLog log = new ProblemLog(new SourceText(name, ""));
        Origin origin = new Origin(Origin.Kind.FLAG, name, Position.FILE);
        return bind(new Tree.Mapping(List.of(), origin), log, Path.of(""), null, "vm", overrides);
    }

    /** Where a relative path starts. */
    private record Folders(Path ofFlags, Path ofFile) implements Function<Origin, Path> {
        @Override
        public Path apply(Origin origin) {
            return origin.kind() == Origin.Kind.FLAG ? ofFlags : ofFile;
        }
    }

    private LoadResult bind(
            Tree tree, ProblemLog log, Path folder, @Nullable Path file, String machine, SpecOverrides overrides) {
        Path absolute = folder.toAbsolutePath().normalize();
        Path here = Path.of("").toAbsolutePath();
        Variables own = envFile == null ? variables : FleetReader.withFile(variables, envFile, envFile.toString(), log);
        Binder binder = new Binder(log, new Interpolation(own, log), new Folders(here, absolute), machine);
        VmSpec draft = binder.bind(overrides.apply(tree, log));
        Draft checked = new Draft(draft, file, binder, log);
        SpecChecks.check(checked);
        if (!member) {
            FleetNetworks.refuse(checked);
        }
        return new LoadResult(
                log.hasErrors() || !binder.unsound().isEmpty() ? null : draft,
                log.sorted(),
                checked.origins(),
                checked);
    }
}
