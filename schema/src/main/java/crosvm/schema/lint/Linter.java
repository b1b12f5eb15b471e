package crosvm.schema.lint;

import crosvm.schema.bind.Draft;
import crosvm.schema.bind.SpecOverrides;
import crosvm.schema.load.LoadResult;
import crosvm.schema.load.SpecLoader;
import crosvm.schema.model.VmSpec;
import crosvm.schema.problem.Problem;
import crosvm.schema.problem.Rule;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

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
    private final Set<Path> seen = new HashSet<>();

    private final Function<VmSpec, List<Problem>> validation;

    /**
     * A linter of its own parts, for tests.
     *
     * @param validation all violations of constraints in a spec
     */
    Linter(SpecLoader loader, Function<VmSpec, List<Problem>> validation) {
        this.loader = loader;
        this.validation = validation;
    }

    /** A linter that fills in these variables only; {@code Map.of()} for the same answer on every machine. */
    public static Linter create(Map<String, String> environment) {
        return create(SpecLoader.withEnvironment(environment));
    }

    /** A linter of texts alone: variables are unknown, and the same files have the same findings on every machine. */
    public static Linter withoutEnvironment() {
        return create(SpecLoader.withoutEnvironment());
    }

    private static Linter create(SpecLoader loader) {
        return new Linter(loader, spec -> SpecValidator.shared().validate("", spec));
    }

    /** Lints one more file; the same once more, however its path is spelled, is passed over. */
    public Linter add(Path file) {
        return seen.add(file.toAbsolutePath().normalize()) ? add(file.toString(), loader.load(file)) : this;
    }

    /** Tells of a folder in which nothing could be looked for. */
    public Linter unreadable(Path folder, String reason) {
        return add(folder.toString(), SpecLoader.unreadable(folder.toString(), reason));
    }

    /**
     * Lints one more text, for example standard input.
     *
     * @param name how messages name it
     * @param bytes UTF-8
     * @param folder where its relative paths start
     */
    public Linter add(String name, byte[] bytes, Path folder) {
        return add(name, loader.load(name, bytes, folder, SpecOverrides.none()));
    }

    private Linter add(String name, LoadResult result) {
        files.add(name);
        Draft draft = result.draft();
        if (draft == null) {
            problems.addAll(result.problems());
            return this;
        }
        MachineLint.lint(draft);
        PathLint.lint(draft);
        WrittenLint.lint(draft);
        ParamLint.lint(draft);
        RootLint.lint(draft);
        UselessLint.lint(draft);
        NetworkLint.lint(draft);
        SandboxLint.lint(draft);
        CloudInitLint.lint(draft);
        fleet.add(name, draft);
        drafts.add(draft);
        return this;
    }

    /**
     * Lets Hibernate Validator decide about a draft in which the loader's own check has found something: what it does not share
     * is taken back, what it finds besides is told. Of other drafts it is not asked, which would cost more than all the rest.
     */
    private void decide(Draft draft) {
        if (draft.screened().isEmpty()) {
            return;
        }
        List<Problem> violations = validation.apply(draft.spec());
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
        for (Draft draft : drafts) {
            decide(draft);
            all.addAll(Ignores.of(draft.text()).apply(draft));
        }
        return new LintReport(files, all.stream().sorted().toList());
    }
}
