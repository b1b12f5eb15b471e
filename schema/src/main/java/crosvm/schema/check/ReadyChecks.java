package crosvm.schema.check;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import crosvm.schema.bind.Draft;
import crosvm.schema.model.HealthSpec;
import crosvm.schema.model.NetworkSpec;
import crosvm.schema.model.ReadySpec;
import crosvm.schema.model.VmSpec;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Whether a machine can ever become ready. */
final class ReadyChecks {
    private ReadyChecks() {}

    static void check(Draft draft) {
        VmSpec spec = draft.spec();
        ReadySpec ready = spec.ready();
        if (ready != null && draft.sound("ready")) {
            choice(draft, ready);
            pattern(draft, ready.console());
            vsock(draft, ready.systemd(), "ready.systemd");
            vsock(draft, ready.vsock() != null, "ready.vsock");
            port(draft, ready.port(), "ready.port");
        }
        HealthSpec health = spec.health();
        if (health != null && draft.sound("health") && draft.sound("ready")) {
            health(draft, health, ready);
            vsock(draft, health.vsock() != null, "health.vsock");
            port(draft, health.port(), "health.port");
        }
    }

    private static void choice(Draft draft, ReadySpec ready) {
        List<String> given = new ArrayList<>();
        add(given, "systemd", ready.systemd());
        add(given, "console", ready.console() != null);
        add(given, "port", ready.port() != null);
        add(given, "vsock", ready.vsock() != null);
        boolean sound = draft.sound("ready.systemd")
                && draft.sound("ready.console")
                && draft.sound("ready.port")
                && draft.sound("ready.vsock");
        if (sound && given.isEmpty()) {
            draft.problem(
                    SpecRule.READY_CHOICE,
                    "ready",
                    "does not say what makes the machine ready",
                    "give one of: systemd: true, console, port, vsock");
        } else if (sound && given.size() > 1) {
            draft.problem(
                    SpecRule.READY_CHOICE,
                    "ready." + given.get(1),
                    "stands beside " + given.get(0) + " (" + draft.place("ready." + given.get(0)) + ")",
                    "give one of the two");
        }
    }

    private static void add(List<String> given, String field, boolean there) {
        if (there) {
            given.add(field);
        }
    }

    private static void pattern(Draft draft, @Nullable String console) {
        if (console == null || !draft.sound("ready.console")) {
            return;
        }
        try {
            Pattern.compile(console);
        } catch (PatternSyntaxException e) {
            draft.problem(
                    SpecRule.READY_PATTERN,
                    "ready.console",
                    "is not a regular expression of RE2: " + e.getDescription()
                            + (e.getPattern() == null ? "" : ": " + e.getPattern()),
                    "a backslash takes the special meaning from a character; RE2 has no back references and no lookaround");
        }
    }

    private static void vsock(Draft draft, boolean wanted, String path) {
        if (wanted && draft.spec().vsock() == null && draft.sound("vsock")) {
            draft.problem(SpecRule.READY_VSOCK, path, "needs a vsock, and the machine has none", "add vsock: auto");
        }
    }

    private static void port(Draft draft, @Nullable Integer port, String path) {
        if (port != null
                && draft.sound("networks")
                && NetworkSpec.hostPortOf(draft.spec().networks(), port) == null) {
            draft.problem(
                    SpecRule.READY_PORT,
                    path,
                    "no network forwards a port of the host to port " + port + " of the guest",
                    "in a network with user: true, add forward: [\"8080:" + port + "\"]");
        }
    }

    private static void health(Draft draft, HealthSpec health, @Nullable ReadySpec ready) {
        boolean sound = draft.sound("health.port")
                && draft.sound("health.vsock")
                && draft.sound("ready.port")
                && draft.sound("ready.vsock")
                && draft.sound("ready");
        if (!sound) {
            return;
        }
        if (health.port() != null && health.vsock() != null) {
            draft.problem(
                    SpecRule.HEALTH_CHOICE,
                    "health.vsock",
                    "stands beside port (" + draft.place("health.port") + ")",
                    "give one of the two");
        } else if (health.port() == null
                && health.vsock() == null
                && (ready == null || ready.port() == null && ready.vsock() == null)) {
            draft.problem(
                    SpecRule.HEALTH_CHOICE,
                    "health",
                    "does not say what is checked, and "
                            + (ready == null ? "there is no ready" : "ready has neither port nor vsock"),
                    "give one of: port, vsock");
        }
    }
}
