package crosvm.runner.instance;

import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** States of machines for tests. */
final class States {
    static final Instant START = Instant.parse("2026-11-24T09:00:00.123Z");

    private States() {}

    static InstanceState.Launch launch(String name, boolean background) {
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("name", name);
        fields.put("memory", "32MiB");
        return new InstanceState.Launch(
                name,
                Path.of("/home/me/" + name + ".yaml"),
                Path.of("/home/me"),
                List.of("up", "-d", name + ".yaml", "--memory=32MiB"),
                background,
                "abc",
                fields,
                2,
                32 << 20);
    }

    /** Of a process that is gone. */
    static InstanceState dead(String name, Phase phase, @Nullable Integer status) {
        return of(name, new ProcessKey(1, 1, "another boot"), phase, status, true);
    }

    /** Of this process. */
    static InstanceState alive(String name, Phase phase) {
        return of(name, ProcessKey.self(), phase, null, true);
    }

    static InstanceState of(
            String name, ProcessKey process, Phase phase, @Nullable Integer status, boolean background) {
        return new InstanceState(
                launch(name, background),
                process,
                phase,
                START,
                START.plusSeconds(5),
                3,
                status,
                status == null ? "" : "the guest \"crashed\"\nbadly",
                null);
    }
}
