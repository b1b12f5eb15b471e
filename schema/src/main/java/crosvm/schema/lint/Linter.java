package crosvm.schema.lint;

import crosvm.schema.bind.Draft;
import crosvm.schema.bind.SpecOverrides;
import crosvm.schema.load.LoadedSpec;
import crosvm.schema.load.SpecLoader;
import crosvm.schema.model.VmSpec;
import crosvm.schema.problem.Problem;
import crosvm.schema.problem.ProblemLog;
import crosvm.schema.problem.Rule;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Finds everything that is wrong or unwise in a set of files, and between them. Pure: it looks at the files' texts and nothing
 * else of the host, but for variables that the texts name. One linter is for one run, on one thread.
 */
public final class Linter {
    private final SpecLoader loader;
    private final FleetLint fleet = new FleetLint();
    private final List<String> files = new ArrayList<>();
    private final List<Problem> problems = new ArrayList<>();
    private final List<Draft> drafts = new ArrayList<>();
    private final List<ProblemLog> logs = new ArrayList<>();
    private final List<Beside> beside = new ArrayList<>();
    private final Set<Path> included = new HashSet<>();
    private final Set<List<Path>> seen = new HashSet<>();

    /** A machine that is to be compared with the others. */
    private record Beside(String name, Path file, Draft draft) {}

    private final Set<LintTarget> targets = EnumSet.noneOf(LintTarget.class);

    private final @Nullable Function<VmSpec, List<Problem>> validation;

    /**
     * A linter of its own parts, for tests.
     *
     * @param validation all violations of constraints in a spec; null for those that Hibernate Validator finds
     */
    Linter(SpecLoader loader, @Nullable Function<VmSpec, List<Problem>> validation) {
        this.loader = loader;
        this.validation = validation;
    }

    /** A linter that fills in these variables only; {@code Map.of()} for the same answer on every machine. */
    public static Linter create(Map<String, String> environment) {
        return create(SpecLoader.withEnvironment(environment));
    }

    /** The same with what the environment has not from a file; null for none but the {@code .env} of fleets. */
    public static Linter create(Map<String, String> environment, @Nullable Path envFile) {
        return create(SpecLoader.withEnvironment(environment).withEnvFile(envFile));
    }

    /** A linter of texts alone: variables are unknown, and the same files have the same findings on every machine. */
    public static Linter withoutEnvironment() {
        return create(SpecLoader.withoutEnvironment());
    }

    private static Linter create(SpecLoader loader) {
        return new Linter(loader, null);
    }

    /** Finds, in the files that are added from now on, also what cannot go to this place. */
    public Linter target(LintTarget target) {
        targets.add(target);
        return this;
    }

    /** Lints one more file; the same once more, however its path is spelled, is passed over. */
    public Linter add(Path file) {
        return add(List.of(file));
    }

    /** Lints one more file, or several that are one fleet together; the same once more is passed over. */
    public Linter add(List<Path> together) {
        List<Path> absolute = new ArrayList<>();
        for (Path file : together) {
            absolute.add(file.toAbsolutePath().normalize());
        }
        if (!seen.add(absolute)) {
            return this;
        }
        for (Path file : together) {
            files.add(file.toString());
        }
        return add(together.get(0).toString(), absolute.get(0), loader.loadAll(together, SpecOverrides.none()));
    }

    /** Tells of a folder in which nothing could be looked for. */
    public Linter unreadable(Path folder, String reason) {
        files.add(folder.toString());
        problems.addAll(SpecLoader.unreadable(folder.toString(), reason).problems());
        return this;
    }

    /**
     * Lints one more text, for example standard input.
     *
     * @param name how messages name it
     * @param bytes UTF-8
     * @param folder where its relative paths start
     */
    public Linter add(String name, byte[] bytes, Path folder) {
        files.add(name);
        Path file = folder.toAbsolutePath().resolve(name).normalize();
        return add(name, file, loader.loadAll(name, bytes, folder, SpecOverrides.none()));
    }

    private Linter add(String name, Path file, LoadedSpec loaded) {
        included.addAll(loaded.included());
        List<Draft> sound = new ArrayList<>();
        for (LoadedSpec.Loaded machine : loaded.machines()) {
            Draft draft = machine.result().draft();
            if (draft != null) {
                lint(draft);
                for (LintTarget target : targets) {
                    target.lint(draft);
                }
                beside.add(new Beside(name, file, draft));
                sound.add(draft);
            }
        }
        if (sound.isEmpty()) {
            problems.addAll(loaded.problems());
        } else {
            drafts.addAll(sound);
            logs.add(sound.get(0).log());
        }
        return this;
    }

    private static void lint(Draft draft) {
        MachineLint.lint(draft);
        LimitLint.lint(draft);
        PathLint.lint(draft);
        WrittenLint.lint(draft);
        ParamLint.lint(draft);
        RootLint.lint(draft);
        UselessLint.lint(draft);
        NetworkLint.lint(draft);
        SandboxLint.lint(draft);
        CloudInitLint.lint(draft);
    }

    /** What another file includes runs as a part of that one, and not beside it. */
    private void compare() {
        for (Beside one : beside) {
            if (!included.contains(one.file())) {
                fleet.add(one.name(), one.draft());
            }
        }
        beside.clear();
    }

    /**
     * Lets Hibernate Validator decide about a draft in which the loader's own check has found something: what it does not share
     * is taken back, what it finds besides is told. Of other drafts it is not asked, which would cost more than all the rest.
     */
    private void decide(Draft draft) {
        if (draft.screened().isEmpty()) {
            return;
        }
        List<Problem> violations =
                validation == null ? SpecValidator.shared().validate("", draft.spec()) : validation.apply(draft.spec());
        Map<String, Set<Rule>> broken = new HashMap<>();
        violations.forEach(
                v -> broken.computeIfAbsent(v.path(), path -> new HashSet<>()).add(v.rule()));
        Map.copyOf(draft.screened()).forEach((path, rule) -> {
            if (!broken.getOrDefault(path, Set.of()).contains(rule)) {
                draft.withdraw(path);
            }
        });
        violations.forEach(v -> draft.problem(v.rule(), v.path(), v.message()));
    }

    /** What was found in all files. */
    public LintReport report() {
        List<Problem> all = new ArrayList<>(problems);
        compare();
        for (Draft draft : drafts) {
            decide(draft);
        }
        for (ProblemLog log : logs) {
            all.addAll(Ignores.apply(log));
        }
        Collections.sort(all);
        return new LintReport(files, all);
    }
}
