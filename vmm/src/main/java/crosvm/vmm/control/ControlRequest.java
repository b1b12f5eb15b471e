package crosvm.vmm.control;

import crosvm.schema.json.Json;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One request, and the lines that answer it.
 *
 * @param id what comes back with the answer: a text, a number, or null for none
 */
record ControlRequest(@Nullable Object id, String command, Arguments arguments) {
    /** The protocol's version. */
    static final int VERSION = 1;

    private static final Set<String> MEMBERS = Set.of("version", "id", "command", "arguments");

    /** A line that is no request, with the id it has all the same. */
    static final class Refused extends Exception {
        private static final long serialVersionUID = 1;

        private final transient @Nullable Object id;
        private final ErrorCode code;

        private Refused(@Nullable Object id, ErrorCode code, String message) {
            super(message);
            this.id = id;
            this.code = code;
        }

        String answer() {
            return ControlRequest.error(id, code, String.valueOf(getMessage()));
        }
    }

    static ControlRequest parse(byte[] line, int length) throws Refused {
        Map<String, @Nullable Object> members;
        try {
            members = Json.readObject(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(line, 0, length))
                    .toString());
        } catch (CharacterCodingException e) {
            throw new Refused(null, ErrorCode.BAD_JSON, "the request is not in UTF-8");
        } catch (Json.Malformed e) {
            throw new Refused(null, ErrorCode.BAD_JSON, "the request is not a JSON object: " + e.getMessage());
        }
        Object id = members.get("id");
        if (id != null && !(id instanceof Long || id instanceof String)) {
            throw new Refused(null, ErrorCode.BAD_REQUEST, "id: is neither a string nor an integer");
        }
        Object version = members.get("version");
        if (version != null && !version.equals((long) VERSION)) {
            throw new Refused(
                    id,
                    ErrorCode.BAD_VERSION,
                    "version: is " + Json.compact(version) + "; this program speaks version " + VERSION);
        }
        return new ControlRequest(id, command(id, members), arguments(id, members));
    }

    private static String command(@Nullable Object id, Map<String, @Nullable Object> members) throws Refused {
        for (String name : members.keySet()) {
            if (!MEMBERS.contains(name)) {
                throw new Refused(
                        id,
                        ErrorCode.BAD_REQUEST,
                        name + ": unknown member; a request has version, id, command and arguments");
            }
        }
        if (members.get("command") instanceof String command) {
            return command;
        }
        throw new Refused(id, ErrorCode.BAD_REQUEST, "command: is missing or not a string");
    }

    @SuppressWarnings("unchecked")
    private static Arguments arguments(@Nullable Object id, Map<String, @Nullable Object> members) throws Refused {
        Object arguments = members.get("arguments");
        if (arguments == null) {
            return new Arguments(Map.of());
        }
        if (arguments instanceof Map<?, ?> map) {
            return new Arguments((Map<String, @Nullable Object>) map);
        }
        throw new Refused(id, ErrorCode.BAD_REQUEST, "arguments: is not an object");
    }

    static String result(@Nullable Object id, Map<String, ?> result) {
        return line(id, "result", result);
    }

    static String error(@Nullable Object id, ErrorCode code, String message) {
        Map<String, Object> error = new LinkedHashMap<>();
        error.put("code", code.word());
        error.put("message", message);
        return line(id, "error", error);
    }

    private static String line(@Nullable Object id, String what, Map<String, ?> content) {
        Map<String, @Nullable Object> members = new LinkedHashMap<>();
        members.put("version", VERSION);
        if (id != null) {
            members.put("id", id);
        }
        members.put(what, content);
        return Json.compact(members) + "\n";
    }
}
