package crosvm.runner.instance;

import crosvm.runner.readiness.Readiness;
import crosvm.schema.json.Json;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a machine's process writes down about it, in {@code state.json}. Immutable.
 *
 * @param launch what was started, and how
 * @param process who runs it
 * @param phase as the process saw it last; {@link #phaseNow} tells what is true
 * @param started when the process took the machine's name
 * @param since when the phase began
 * @param restarts how often it has been started again
 * @param status the exit status of the last run, or null during the first
 * @param cause why the last run ended, for people; empty when there is nothing to say
 * @param readiness how ready the guest of this run is; null when its spec says nothing of it, and between runs
 */
public record InstanceState(
        Launch launch,
        ProcessKey process,
        Phase phase,
        Instant started,
        Instant since,
        int restarts,
        @Nullable Integer status,
        String cause,
        @Nullable Readiness readiness) {
    private static final long FORMAT = 1;

    /**
     * What was started.
     *
     * @param name the machine's
     * @param file the spec's file as the user wrote it; null when there is none ({@code run}, standard input)
     * @param folder where the user was
     * @param words the command line behind {@code crosvm}, which starts it again
     * @param background whether it has no terminal
     * @param variables a hash of the variables that are filled in, which the fields do not show; empty without any
     * @param fields the effective spec, value by path
     * @param vcpus number of vCPUs
     * @param memory guest memory in bytes
     * @param fleet the fleet that it belongs to; null for a machine by itself
     */
    public record Launch(
            String name,
            @Nullable Path file,
            Path folder,
            List<String> words,
            boolean background,
            String variables,
            Map<String, String> fields,
            int vcpus,
            long memory,
            @Nullable String fleet) {
        /** A machine by itself. */
        public Launch(
                String name,
                @Nullable Path file,
                Path folder,
                List<String> words,
                boolean background,
                String variables,
                Map<String, String> fields,
                int vcpus,
                long memory) {
            this(name, file, folder, words, background, variables, fields, vcpus, memory, null);
        }

        /** Copies the lists. */
        public Launch {
            words = List.copyOf(words);
            fields = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(fields));
        }

        /** Whether the other is a start of the same machine with the same spec, wherever its values come from. */
        public boolean isOfSameSpec(Launch other) {
            return fields.equals(other.fields) && variables.equals(other.variables);
        }
    }

    /** The same in another phase. */
    InstanceState in(Phase next, Instant now) {
        return new InstanceState(launch, process, next, started, now, restarts, status, cause, null);
    }

    /** The same after a run's end. */
    InstanceState after(Phase next, Instant now, int endStatus, String why) {
        int again = next == Phase.RESTARTING ? restarts + 1 : restarts;
        return new InstanceState(launch, process, next, started, now, again, endStatus, why, null);
    }

    /** The same, as ready as that. */
    InstanceState as(Readiness ready) {
        return new InstanceState(launch, process, phase, started, since, restarts, status, cause, ready);
    }

    /** The phase that is true now. */
    public Phase phaseNow() {
        return phase.isAlive() && !process.isAlive() ? Phase.DIED : phase;
    }

    /** Whether there is a process now. */
    public boolean isAlive() {
        return phaseNow().isAlive();
    }

    /** When the machine ended for good; null while it has not, and when nobody was left to write it down. */
    public @Nullable Instant ended() {
        return phase == Phase.ENDED ? since : null;
    }

    String toJson() {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        map.put("format", FORMAT);
        map.put("name", launch.name());
        map.put("state", phase.word());
        map.put("pid", process.pid());
        map.put("processStart", process.start());
        map.put("boot", process.boot());
        map.put("started", started.toString());
        map.put("since", since.toString());
        map.put("restarts", restarts);
        map.put("status", status);
        map.put("cause", cause);
        map.put("readiness", readiness == null ? null : readiness.toMap());
        map.put("file", launch.file() == null ? null : launch.file().toString());
        map.put("folder", launch.folder().toString());
        map.put("words", launch.words());
        map.put("background", launch.background());
        map.put("vcpus", launch.vcpus());
        map.put("memory", launch.memory());
        if (launch.fleet() != null) {
            map.put("fleet", launch.fleet());
        }
        map.put("variables", launch.variables());
        map.put("spec", launch.fields());
        return Json.compact(map) + "\n";
    }

    /** @return null for a text that no crosvm of this format has written */
    @SuppressWarnings("NullAway") // What is missing is caught below, whatever it is.
    static @Nullable InstanceState fromJson(String text) {
        try {
            Map<String, @Nullable Object> map = Json.readObject(text);
            if (!Long.valueOf(FORMAT).equals(map.get("format"))) {
                return null;
            }
            Map<String, String> fields = new LinkedHashMap<>();
            ((Map<?, ?>) map.get("spec")).forEach((path, value) -> fields.put((String) path, (String) value));
            Object file = map.get("file");
            Object status = map.get("status");
            Launch launch = new Launch(
                    text(map, "name"),
                    file == null ? null : Path.of((String) file),
                    Path.of(text(map, "folder")),
                    ((List<?>) map.get("words"))
                            .stream().map(String.class::cast).toList(),
                    (Boolean) map.get("background"),
                    map.get("variables") instanceof String hash ? hash : "",
                    fields,
                    Math.toIntExact((Long) map.get("vcpus")),
                    (Long) map.get("memory"),
                    (String) map.get("fleet"));
            return new InstanceState(
                    launch,
                    new ProcessKey((Long) map.get("pid"), (Long) map.get("processStart"), text(map, "boot")),
                    Phase.valueOf(text(map, "state").toUpperCase(java.util.Locale.ROOT)),
                    Instant.parse(text(map, "started")),
                    Instant.parse(text(map, "since")),
                    Math.toIntExact((Long) map.get("restarts")),
                    status == null ? null : Math.toIntExact((Long) status),
                    text(map, "cause"),
                    Readiness.of(map.get("readiness")));
        } catch (Json.Malformed
                | ClassCastException
                | NullPointerException
                | IllegalArgumentException
                | ArithmeticException
                | DateTimeException e) {
            return null;
        }
    }

    private static String text(Map<String, @Nullable Object> map, String member) {
        return (String) Objects.requireNonNull(map.get(member), member);
    }
}
