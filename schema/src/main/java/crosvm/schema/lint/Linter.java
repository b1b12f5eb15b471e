package crosvm.schema.lint;

import crosvm.schema.bind.Draft;
import crosvm.schema.bind.SpecOverrides;
import crosvm.schema.load.LoadResult;
import crosvm.schema.load.SpecLoader;
import crosvm.schema.problem.Problem;
import crosvm.schema.problem.Severity;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

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

    private Linter(SpecLoader loader) {
        this.loader = loader;
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
        // Hibernate Validator starts beside the reading of the files: one after the other would take twice the time.
        Thread starter = new Thread(() -> SpecValidator.shared().warmUp(), "validator-start");
        starter.setDaemon(true);
        starter.start();
        return new Linter(loader);
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
        fleet.add(name, draft);
        drafts.add(draft);
        return this;
    }

    /** Lets Hibernate Validator have the last word on a draft that the loader takes for sound. */
    private void confirm(Draft draft) {
        if (draft.problems().stream().noneMatch(p -> p.severity() == Severity.ERROR)) {
            SpecValidator.shared()
                    .validate("", draft.spec())
                    .forEach(p -> draft.problem(p.rule(), p.path(), p.message()));
        }
    }

    /** What was found in all files. */
    public LintReport report() {
        List<Problem> all = new ArrayList<>(problems);
        for (Draft draft : drafts) {
            confirm(draft);
            all.addAll(Ignores.of(draft.text()).apply(draft));
        }
        return new LintReport(files, all.stream().sorted().toList());
    }
}
