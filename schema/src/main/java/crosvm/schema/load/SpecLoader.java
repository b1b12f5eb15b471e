package crosvm.schema.load;

import crosvm.schema.bind.Binder;
import crosvm.schema.bind.Derived;
import crosvm.schema.bind.Draft;
import crosvm.schema.bind.Interpolation;
import crosvm.schema.bind.SpecOverrides;
import crosvm.schema.check.SpecChecks;
import crosvm.schema.model.VmSpec;
import crosvm.schema.problem.Origin;
import crosvm.schema.problem.Position;
import crosvm.schema.problem.Problem;
import crosvm.schema.problem.ProblemLog;
import crosvm.schema.problem.Rule;
import crosvm.schema.problem.SourceText;
import crosvm.schema.yaml.Encodings;
import crosvm.schema.yaml.Tree;
import crosvm.schema.yaml.YamlReader;
import crosvm.schema.yaml.YamlRule;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * YAML to a {@link VmSpec}, or to all problems at once. Looks at nothing of the host but the file itself and the environment it
 * is given. Immutable; any thread.
 */
public final class SpecLoader {
    /** The largest file that is read, in bytes. */
    public static final int MAX_FILE_BYTES = 256 << 10;

    private final @Nullable Map<String, String> environment;

    private SpecLoader(@Nullable Map<String, String> environment) {
        this.environment = environment == null ? null : Map.copyOf(environment);
    }

    /** A loader that fills in this process's environment. */
    public static SpecLoader create() {
        return new SpecLoader(System.getenv());
    }

    /** A loader that fills in these variables only: {@code Map.of()} gives the same answer on every machine. */
    public static SpecLoader withEnvironment(Map<String, String> environment) {
        return new SpecLoader(environment);
    }

    /** A loader that looks at the text alone: of a value with a variable that has no default nothing is known. */
    public static SpecLoader withoutEnvironment() {
        return new SpecLoader(null);
    }

    /** Loads a file; relative paths in it start at its folder. A file that cannot be read is a problem too. */
    public LoadResult load(Path file) {
        return load(file, SpecOverrides.none());
    }

    /** Loads a file with changes from the command line; relative paths in those start at the working folder. */
    public LoadResult load(Path file, SpecOverrides overrides) {
        Path folder = file.toAbsolutePath().getParent();
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(MAX_FILE_BYTES + 1);
        } catch (NoSuchFileException e) {
            return refused(file.toString(), YamlRule.UNREADABLE, "no such file");
        } catch (AccessDeniedException e) {
            return unreadable(file.toString(), "permission denied");
        } catch (FileSystemException e) {
            return unreadable(file.toString(), e.getReason() == null ? "it is not a file" : e.getReason());
        } catch (IOException e) {
            return unreadable(
                    file.toString(), Files.isDirectory(file) ? "it is a folder" : String.valueOf(e.getMessage()));
        }
        Path start = folder == null ? Path.of("/") : folder;
        return load(file.toString(), bytes, start, Derived.machineName(file), overrides);
    }

    /**
     * Loads bytes, for example from standard input.
     *
     * @param name how messages name the source; also gives the machine its name, as a file in the folder would
     * @param bytes UTF-8
     * @param folder where relative paths start
     */
    public LoadResult load(String name, byte[] bytes, Path folder, SpecOverrides overrides) {
        return load(name, bytes, folder, Derived.machineName(folder.resolve(name)), overrides);
    }

    /** Loads a text; see {@link #load(String, byte[], Path, SpecOverrides)}. */
    public LoadResult load(String name, String text, Path folder) {
        return load(name, text.getBytes(StandardCharsets.UTF_8), folder, SpecOverrides.none());
    }

    /** What there is to say of a file or folder that cannot be read for this reason. */
    public static LoadResult unreadable(String name, String reason) {
        return refused(name, YamlRule.UNREADABLE, "cannot be read: " + reason);
    }

    /** Builds a spec from flags alone, without a file; {@code name} stands for the command in messages. */
    public LoadResult build(String name, SpecOverrides overrides) {
        ProblemLog log = new ProblemLog(new SourceText(name, ""));
        Origin origin = new Origin(Origin.Kind.FLAG, name, Position.FILE);
        return bind(new Tree.Mapping(List.of(), origin), log, Path.of(""), null, "vm", overrides);
    }

    private LoadResult load(String name, byte[] bytes, Path folder, String machine, SpecOverrides overrides) {
        if (bytes.length > MAX_FILE_BYTES) {
            return refused(name, YamlRule.TOO_LARGE, "is larger than 256 KiB");
        }
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            String other = Encodings.guess(bytes);
            return refused(
                    name,
                    YamlRule.NOT_UTF8,
                    "is not UTF-8" + (other.isEmpty() ? "" : ", it looks like " + other),
                    "save it as UTF-8",
                    badByte(bytes));
        }
        SourceText source = new SourceText(name, text.startsWith("\ufeff") ? text.substring(1) : text);
        ProblemLog log = new ProblemLog(source);
        Tree tree = YamlReader.readFile(source, log);
        if (tree == null) {
            return new LoadResult(null, log.sorted(), Map.of(), null);
        }
        Path file = folder.toAbsolutePath().resolve(String.valueOf(Path.of(name).getFileName()));
        return bind(tree, log, folder, file.normalize(), machine, overrides);
    }

    private LoadResult bind(
            Tree tree, ProblemLog log, Path folder, @Nullable Path file, String machine, SpecOverrides overrides) {
        Path absolute = folder.toAbsolutePath().normalize();
        Path here = Path.of("").toAbsolutePath();
        Binder binder = new Binder(log, new Interpolation(environment, log), absolute, here, machine);
        VmSpec draft = binder.bind(overrides.apply(tree, log));
        Draft checked = new Draft(draft, file, binder, log);
        SpecChecks.check(checked);
        return new LoadResult(
                log.hasErrors() || !binder.unsound().isEmpty() ? null : draft,
                log.sorted(),
                checked.origins(),
                checked);
    }

    private static LoadResult refused(String name, Rule rule, String message) {
        return refused(name, rule, message, "", Position.FILE);
    }

    private static LoadResult refused(String name, Rule rule, String message, String hint, Position position) {
        Problem problem = new Problem(name, position, rule.severity(), rule, message, "", hint);
        return new LoadResult(null, List.of(problem), Map.of(), null);
    }

    /** The place of the first byte that is no UTF-8. */
    private static Position badByte(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        CharBuffer out = CharBuffer.allocate(bytes.length + 1);
        StandardCharsets.UTF_8.newDecoder().decode(in, out, true);
        String good = out.flip().toString();
        int line = 1 + (int) good.chars().filter(c -> c == '\n').count();
        int column = 1 + good.codePointCount(good.lastIndexOf('\n') + 1, good.length());
        return new Position(line, column, column + 1);
    }
}
