package crosvm.schema.load;

import crosvm.schema.bind.Derived;
import crosvm.schema.bind.Draft;
import crosvm.schema.bind.EnvFile;
import crosvm.schema.bind.FieldRule;
import crosvm.schema.bind.Interpolation;
import crosvm.schema.bind.SpecOverrides;
import crosvm.schema.bind.Variables;
import crosvm.schema.problem.Origin;
import crosvm.schema.problem.Position;
import crosvm.schema.problem.Problem;
import crosvm.schema.problem.ProblemLog;
import crosvm.schema.problem.SourceText;
import crosvm.schema.yaml.Tree;
import crosvm.schema.yaml.YamlReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The files of one fleet to its machines. Used by one thread, once. */
final class FleetReader {
    private static final String ENV_FILE = ".env";

    private final ProblemLog log;
    private final Variables environment;
    private final @Nullable Path envFile;
    private Variables variables;
    private List<Path> included = List.of();
    private @Nullable FleetLoader loader;

    /**
     * @param log for the first file
     * @param envFile the file of variables; null for the {@code .env} beside the first file, if there is one
     */
    FleetReader(ProblemLog log, Variables environment, @Nullable Path envFile) {
        this.log = log;
        this.environment = environment;
        this.envFile = envFile;
        this.variables = environment;
    }

    /** The variables of a file below those of the environment; where nothing is known of the environment, the file is not read. */
    static Variables withFile(Variables variables, Path file, String name, ProblemLog log) {
        if (variables.environment() == null) {
            return variables;
        }
        SourceFile source = SourceFile.read(name, file);
        SourceText text = source.text();
        Problem problem = source.problem();
        if (text == null || problem != null) {
            Origin at = new Origin(Origin.Kind.FLAG, name, Position.FILE);
            log.add(FieldRule.ENV_FILE, at, "", problem == null ? "" : problem.message());
            return variables;
        }
        return variables.withFile(EnvFile.read(text, log), name);
    }

    /** The fleet of these files; null when it cannot be told which machines it has. */
    @Nullable Fleet fleet(List<FleetSource> sources, Tree first, SpecOverrides overrides) {
        FleetSource main = sources.get(0);
        Path folder = Objects.requireNonNullElse(main.file().getParent(), Path.of("/"));
        Path beside = Path.of(main.text().name()).resolveSibling(ENV_FILE);
        if (envFile != null) {
            variables = withFile(environment, envFile, envFile.toString(), log);
        } else if (Files.isRegularFile(folder.resolve(ENV_FILE))) {
            variables = withFile(environment, folder.resolve(ENV_FILE), beside.toString(), log);
        }
        FleetFiles files = new FleetFiles(log, new Interpolation(variables, log));
        Tree.Mapping merged = files.read(main.text(), first, main.file().normalize());
        for (FleetSource more : sources.subList(1, sources.size())) {
            log.include(more.text());
            Tree tree = YamlReader.readFile(more.text(), log);
            if (tree != null) {
                merged = FleetFiles.over(
                        files.read(more.text(), tree, more.file().normalize()), merged);
            }
        }
        included = files.included();
        Path here = Path.of("").toAbsolutePath();
        Path absolute = folder.normalize();
        Function<Origin, Path> folders = origin ->
                origin.kind() == Origin.Kind.FLAG ? here : Objects.requireNonNullElse(files.folder(origin), absolute);
        Tree.Mapping changed = (Tree.Mapping) overrides.applyToFleet(merged, log);
        loader = new FleetLoader(log, variables, folders, main.file().normalize());
        String name = Derived.machineName(absolute.resolve("vm.yaml")).replace('.', '-');
        return loader.fleet(changed, name);
    }

    /** Loads the fleet with all its machines. */
    LoadedSpec load(List<FleetSource> sources, Tree first, SpecOverrides overrides) {
        Fleet fleet = fleet(sources, first, overrides);
        String name = sources.get(0).text().name();
        if (fleet == null) {
            Objects.requireNonNull(loader).checkRest();
            return new LoadedSpec(name, null, List.of(), log.sorted(), included);
        }
        Map<Fleet.Machine, Draft> drafts = Objects.requireNonNull(loader).drafts(fleet);
        boolean sound = !log.hasErrors() && drafts.values().stream().allMatch(Draft::isSound);
        List<LoadedSpec.Loaded> machines = new ArrayList<>();
        drafts.forEach((machine, draft) -> machines.add(new LoadedSpec.Loaded(
                machine, new LoadResult(sound ? draft.spec() : null, List.of(), draft.origins(), draft))));
        return new LoadedSpec(name, fleet, machines, log.sorted(), included);
    }
}
