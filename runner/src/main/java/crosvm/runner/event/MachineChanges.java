package crosvm.runner.event;

import crosvm.runner.instance.InstanceState;
import crosvm.runner.instance.MachineEnd;
import crosvm.runner.instance.Phase;
import crosvm.runner.instance.ProcessKey;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Turns what is seen of the machines, look after look, into events. Used by one thread. */
final class MachineChanges {
    private final Clock clock;
    private final Map<String, Seen> before = new HashMap<>();
    private boolean first = true;

    MachineChanges(Clock clock) {
        this.clock = clock;
    }

    /**
     * What one look shows of a machine.
     *
     * @param state as it is written down
     * @param live what the machine says of itself; null when it was not asked
     */
    record Look(InstanceState state, @Nullable String live) {
        private String word() {
            Phase phase = state.phaseNow();
            return phase == Phase.RUNNING && live != null ? live : phase.word();
        }
    }

    /** What was last told of a machine. */
    private record Seen(ProcessKey process, String word, boolean alive) {}

    /** The events between the last look and this one; the first look finds every machine that has a process {@code present}. */
    List<MachineEvent> look(List<Look> looks) {
        List<MachineEvent> events = new ArrayList<>();
        Set<String> there =
                looks.stream().map(look -> look.state().launch().name()).collect(Collectors.toSet());
        for (Look look : looks) {
            String name = look.state().launch().name();
            boolean alive = look.state().phaseNow().isAlive();
            Seen last = before.get(name);
            Seen now = new Seen(look.state().process(), look.word(), alive);
            Seen same = last != null && last.process().equals(now.process()) ? last : null;
            if (alive && (same == null || !same.word().equals(now.word()))) {
                events.add(event(name, first ? "present" : changed(same, now), facts(look)));
            }
            if (!alive && same == null && !first) {
                events.add(ended(name, MachineEnd.of(look.state()))); // Between two looks.
            }
            before.put(name, now);
        }
        List<String> gone = before.keySet().stream()
                .filter(name -> !there.contains(name))
                .sorted()
                .toList();
        for (String name : gone) {
            Seen last = before.remove(name);
            if (last != null && !last.alive()) {
                events.add(event(name, "removed", Map.of()));
            }
        }
        first = false;
        return events;
    }

    private String changed(@Nullable Seen last, Seen now) {
        return last != null && last.word().equals("suspended") && now.word().equals("running") ? "resumed" : now.word();
    }

    private Map<String, @Nullable Object> facts(Look look) {
        Map<String, @Nullable Object> facts = new LinkedHashMap<>();
        if (first) {
            facts.put("state", look.word());
        }
        facts.put("pid", look.state().process().pid());
        facts.put("restarts", (long) look.state().restarts());
        if (look.state().phaseNow() == Phase.RESTARTING) {
            Integer status = look.state().status();
            facts.put("status", status == null ? null : (long) status);
            facts.put("cause", look.state().cause());
        }
        facts.put(
                "spec",
                look.state().launch().file() == null
                        ? null
                        : look.state()
                                .launch()
                                .folder()
                                .resolve(look.state().launch().file())
                                .toString());
        return facts;
    }

    /** The event of an end for good. */
    MachineEvent ended(String machine, @Nullable MachineEnd end) {
        Map<String, @Nullable Object> facts = new LinkedHashMap<>();
        facts.put("status", end == null ? null : (long) end.status());
        facts.put("cause", end == null ? "" : end.cause());
        return event(machine, "ended", facts);
    }

    private MachineEvent event(String machine, String what, Map<String, @Nullable Object> facts) {
        return new MachineEvent(clock.instant(), machine, what, facts);
    }
}
