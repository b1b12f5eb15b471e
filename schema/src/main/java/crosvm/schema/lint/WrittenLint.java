package crosvm.schema.lint;

import crosvm.schema.bind.Draft;
import crosvm.schema.model.FieldInfo;
import crosvm.schema.model.FieldType;
import crosvm.schema.model.ScalarKind;
import crosvm.schema.model.SpecModel;
import crosvm.schema.problem.Origin;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Unwise ways to write a value, whatever it stands for. Only what is written out in the file counts. */
final class WrittenLint {
    private static final Pattern HOME = Pattern.compile("[\"']?/(home/[^/]+|root)/.*");
    private static final Pattern BARE_VARIABLE = Pattern.compile("(^|[^$])\\$([A-Za-z_][A-Za-z0-9_]*)");
    private static final Pattern URL = Pattern.compile("[\"']?[a-z][a-z0-9+.-]*://.*");
    private static final Set<String> SWITCHES = Set.of("yes", "no", "on", "off");
    private static final Map<String, ScalarKind> KINDS = kinds();

    private WrittenLint() {}

    /** The kinds of the plain fields by their path in the model; a shorthand's value has the path of its field. */
    private static Map<String, ScalarKind> kinds() {
        Map<String, ScalarKind> kinds = new HashMap<>();
        for (FieldInfo field : SpecModel.fields()) {
            if (field.type() instanceof FieldType.Scalar scalar) {
                kinds.put(field.path(), scalar.kind());
            }
        }
        return Map.copyOf(kinds);
    }

    static void lint(Draft draft) {
        for (Map.Entry<String, Origin> origin : draft.origins().entrySet()) {
            if (origin.getValue().kind() == Origin.Kind.FILE) {
                lint(draft, origin.getKey());
            }
        }
    }

    private static void lint(Draft draft, String path) {
        ScalarKind kind = kind(path);
        if (isPath(kind)) {
            path(draft, path, draft.written(path));
        } else if (kind == ScalarKind.TEXT && !path.startsWith("guest.cloudInit.")
                || path.startsWith("kernel.params[")) {
            variable(draft, path, draft.written(path));
        } else if (kind == ScalarKind.WORD && SWITCHES.contains(draft.written(path))) {
            String word = draft.written(path);
            draft.problem(
                    LintRule.BARE_SWITCH,
                    path,
                    "\"" + word + "\" is a boolean in YAML 1.1 and a text in YAML 1.2",
                    "write it in quotes: \"" + word + "\"");
        }
    }

    private static @Nullable ScalarKind kind(String path) {
        return KINDS.get(SpecModel.fieldAt(path));
    }

    private static boolean isPath(@Nullable ScalarKind kind) {
        return kind == ScalarKind.PATH || kind == ScalarKind.WRITES;
    }

    /** Whether the value at this path of a spec is a path of the host. */
    static boolean isPath(String path) {
        return isPath(kind(path));
    }

    private static void path(Draft draft, String path, String written) {
        if (leadsHome(written)) {
            draft.problem(
                    LintRule.HOME_PATH,
                    path,
                    "leads into a home folder",
                    "write it relative to the file, or with ${HOME:-…}");
        }
        variable(draft, path, written);
        if (written.contains("://") && URL.matcher(written).matches()) {
            boolean image = path.matches("disks\\[[0-9]+]\\.path|kernel\\.(image|initrd)");
            draft.problem(
                    LintRule.URL_PATH,
                    path,
                    "looks like a URL; a path is a file of this host",
                    image
                            ? "write " + (path.equals("kernel.initrd") ? "initrdSource" : "source")
                                    + ": {url: …, sha256: …} instead"
                            : "download it first");
        }
    }

    private static void variable(Draft draft, String path, String written) {
        if (written.indexOf('$') < 0) {
            return;
        }
        Matcher variable = BARE_VARIABLE.matcher(written);
        if (variable.find()) {
            draft.problem(
                    LintRule.BARE_VARIABLE,
                    path,
                    "$" + variable.group(2) + " is not filled in",
                    "write ${" + variable.group(2) + "}, or $$ for a dollar sign");
        }
    }

    /** Whether a path, as it is written, is the absolute one of something in a home folder. */
    static boolean leadsHome(String written) {
        return (written.startsWith("/", 0) || written.startsWith("/", 1))
                && HOME.matcher(written).matches();
    }
}
