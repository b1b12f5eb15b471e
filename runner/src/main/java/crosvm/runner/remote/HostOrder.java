package crosvm.runner.remote;

import crosvm.runner.report.FailedException;
import crosvm.schema.bind.CarriedRoot;
import crosvm.schema.json.Json;
import crosvm.vmm.FailureReason;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What another host is to do. It travels on ssh's standard input, for there may be secrets in its environment. Immutable.
 *
 * @param origin who sends it: {@code USER@HOST}
 * @param words the command line behind {@code crosvm}
 * @param folder the working folder here, absolute
 * @param environment variables that the spec names
 * @param folders folders that must be there, absolute
 * @param files what the spec names, and its own files
 */
public record HostOrder(
        String origin,
        List<String> words,
        Path folder,
        Map<String, String> environment,
        List<Path> folders,
        List<CarriedFile> files) {
    /** The environment variable that names the folder of the files that came, for the crosvm that runs the words. */
    public static final String CARRIED = CarriedRoot.VARIABLE;

    private static final int MAX_BYTES = 16 << 20;
    private static final String ORIGIN = "[A-Za-z0-9_][A-Za-z0-9@._-]*";
    private static final String DIGEST = "[0-9a-f]{64}";

    /** Copies the collections. */
    public HostOrder {
        words = List.copyOf(words);
        environment = Map.copyOf(environment);
        folders = List.copyOf(folders);
        files = List.copyOf(files);
    }

    void send(DataOutputStream out) throws IOException {
        List<Object> sent = new ArrayList<>();
        for (CarriedFile file : files) {
            sent.add(Map.of(
                    "path", file.path().toString(),
                    "bytes", file.bytes(),
                    "digest", file.digest(),
                    "written", file.written()));
        }
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("origin", origin);
        object.put("words", words);
        object.put("folder", folder.toString());
        object.put("environment", environment);
        object.put("folders", folders.stream().map(Path::toString).toList());
        object.put("files", sent);
        byte[] bytes = Json.compact(object).getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
        out.flush();
    }

    /**
     * Reads one.
     *
     * @throws FailedException when what comes is not as {@link #send} writes it
     */
    public static HostOrder receive(DataInputStream in) {
        try {
            return read(in);
        } catch (IOException e) {
            throw new FailedException("standard input: is not what another crosvm sends: " + FailureReason.of(e), e);
        }
    }

    private static HostOrder read(DataInputStream in) throws IOException {
        int length = in.readInt();
        if (length < 0 || length > MAX_BYTES) {
            throw new IOException("an order of " + length + " bytes");
        }
        byte[] bytes = new byte[length];
        in.readFully(bytes);
        try {
            return of(Json.readObject(new String(bytes, StandardCharsets.UTF_8)));
        } catch (Json.Malformed | ClassCastException | InvalidPathException e) {
            throw new IOException("an order that cannot be read: " + e.getMessage(), e);
        }
    }

    private static HostOrder of(Map<String, @Nullable Object> object) throws IOException {
        Map<String, String> environment = new LinkedHashMap<>();
        ((Map<?, ?>) required(object, "environment"))
                .forEach((name, value) -> environment.put((String) name, (String) value));
        List<CarriedFile> files = new ArrayList<>();
        for (Object item : (List<?>) required(object, "files")) {
            Map<?, ?> file = (Map<?, ?>) item;
            files.add(new CarriedFile(
                    path(required(file, "path")),
                    (Long) required(file, "bytes"),
                    matching(required(file, "digest"), DIGEST),
                    (Boolean) required(file, "written")));
        }
        List<Path> folders = new ArrayList<>();
        for (Object item : (List<?>) required(object, "folders")) {
            folders.add(path(item));
        }
        List<String> words = new ArrayList<>();
        ((List<?>) required(object, "words")).forEach(word -> words.add((String) word));
        return new HostOrder(
                matching(required(object, "origin"), ORIGIN),
                words,
                path(required(object, "folder")),
                environment,
                folders,
                files);
    }

    private static Object required(Map<?, ?> object, String key) throws IOException {
        Object value = object.get(key);
        if (value == null) {
            throw new IOException("an order without " + key);
        }
        return value;
    }

    private static String matching(Object value, String pattern) throws IOException {
        String text = (String) value;
        if (!text.matches(pattern)) {
            throw new IOException("an order with \"" + text + "\" in it");
        }
        return text;
    }

    private static Path path(Object value) throws IOException {
        Path path = Path.of((String) value);
        if (!path.isAbsolute() || !path.normalize().equals(path)) {
            throw new IOException("an order with the path " + path);
        }
        return path;
    }
}
