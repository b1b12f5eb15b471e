package crosvm.schema.lint;

import crosvm.schema.bind.Draft;
import crosvm.schema.model.CloudInitSpec;
import crosvm.schema.model.FilledText;
import crosvm.schema.model.SeedText;
import crosvm.schema.problem.Problem;
import crosvm.schema.problem.ProblemLog;
import crosvm.schema.problem.Rule;
import crosvm.schema.problem.SourceText;
import crosvm.schema.yaml.Tree;
import crosvm.schema.yaml.YamlReader;
import crosvm.schema.yaml.YamlRule;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What cloud-init would pass over, take for something else, or should not be told in a spec. A file given by a relative path
 * comes with the spec and is read; one given by an absolute path is the host's.
 */
final class CloudInitLint {
    /** What user data begins with (cloudinit.readthedocs.io, "User-data formats"); gzip is decided by its first bytes. */
    private static final List<String> BEGINNINGS = List.of(
            "#!",
            "#cloud-config",
            "#cloud-boothook",
            "#include",
            "#part-handler",
            "## template: jinja",
            "Content-Type:",
            "MIME-Version:",
            "From nobody",
            "\u001f\u008b");

    private static final Pattern RELATIVE = Pattern.compile("[\"']?[^/\"'$~].*");
    private static final Pattern PRIVATE_KEY = Pattern.compile("-----BEGIN [A-Z ]*PRIVATE KEY-----");
    /** Switches, a hash of crypt(3), and what makes cloud-init think of a password by itself. */
    private static final Pattern NO_SECRET = Pattern.compile(
            "true|false|yes|no|on|off|[0-9]+|R|RANDOM|[*!]+|[$][0-9a-z]+[$].*", Pattern.CASE_INSENSITIVE);

    /** What no YAML parser takes; what else our own reader refuses, such as anchors, is fine with cloud-init's. */
    private static final Set<Rule> BROKEN = Set.of(YamlRule.SYNTAX, YamlRule.TAB, YamlRule.CONTROL_CHARACTER);

    private final Draft draft;

    private CloudInitLint(Draft draft) {
        this.draft = draft;
    }

    static void lint(Draft draft) {
        CloudInitSpec seed = draft.spec().guest().cloudInit();
        if (seed != null) {
            CloudInitLint lint = new CloudInitLint(draft);
            seed.texts().forEach((field, text) -> lint.text(field, text, "guest.cloudInit." + field));
        }
    }

    private void text(String field, SeedText from, String path) {
        FilledText given = from.text();
        boolean inSpec = given != null;
        String at = path + (inSpec ? ".text" : ".file");
        String text = given != null ? given.text() : contents(from.file(), at);
        if (text == null || !draft.sound(path)) {
            return;
        }
        boolean isUserData = field.equals("userData");
        if (isUserData && BEGINNINGS.stream().noneMatch(text::startsWith)) {
            draft.problem(
                    LintRule.USER_DATA_FORMAT,
                    at,
                    text.isBlank() ? "is empty" : "begins with neither #cloud-config nor #!",
                    inSpec && !text.contains("\n") && !text.contains(": ")
                            ? "a file is given as {file: " + text.strip() + "}"
                            : "write #cloud-config as the first line");
            return;
        }
        Tree tree = !isUserData || text.startsWith("#cloud-config") ? yaml(text, at) : null;
        if (inSpec) {
            String secret = PRIVATE_KEY.matcher(text).find() ? "has a private key" : tree == null ? null : secret(tree);
            if (secret != null) {
                draft.problem(
                        LintRule.SECRET_IN_SEED,
                        at,
                        secret,
                        "keep it in a file outside the repository: " + field + ": {file: PATH}");
            }
        }
    }

    /** What is wrong with it as YAML is said in one line: its places are not those of this file. */
    private @Nullable Tree yaml(String text, String at) {
        SourceText source = new SourceText(at, text);
        ProblemLog log = new ProblemLog(source);
        Tree tree = YamlReader.read(source, log);
        for (Problem problem : log.sorted()) {
            if (BROKEN.contains(problem.rule())) {
                draft.problem(
                        LintRule.SEED_NOT_YAML,
                        at,
                        "is not YAML that cloud-init reads: line "
                                + problem.position().line() + ": " + problem.message());
                return null;
            }
        }
        if (tree instanceof Tree.Scalar scalar && !scalar.isNull() || tree instanceof Tree.Sequence) {
            draft.problem(LintRule.SEED_NOT_YAML, at, "has no keys and values, so that cloud-init passes it over");
            return null;
        }
        return tree;
    }

    private static @Nullable String secret(Tree tree) {
        if (tree instanceof Tree.Sequence list) {
            for (Tree item : list.items()) {
                String found = secret(item);
                if (found != null) {
                    return found;
                }
            }
        } else if (tree instanceof Tree.Mapping mapping) {
            for (Tree.Entry entry : mapping.entries()) {
                String found = entry.value() instanceof Tree.Scalar scalar
                        ? NO_SECRET.matcher(scalar.text().strip()).matches()
                                ? ""
                                : SecretLint.reason(entry.key(), scalar.text().strip())
                        : secret(entry.value());
                if (found != null && !found.isEmpty()) {
                    return found.replace("= ", ": ");
                }
            }
        }
        return null;
    }

    /** Of a file that comes with the spec; null when it is the host's, is not there or is more than cloud-init gets. */
    private @Nullable String contents(@Nullable Path file, String at) {
        if (file == null || !RELATIVE.matcher(draft.written(at)).matches() || !Files.isRegularFile(file)) {
            return null;
        }
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(SeedText.MAX_BYTES + 1);
            boolean packed = bytes.length > 1 && (bytes[0] & 0xff) == 0x1f && (bytes[1] & 0xff) == 0x8b;
            return bytes.length > SeedText.MAX_BYTES || packed ? null : new String(bytes, StandardCharsets.UTF_8);
        } catch (IOException e) {
            return null; // crosvm doctor and up say what is wrong with it.
        }
    }
}
