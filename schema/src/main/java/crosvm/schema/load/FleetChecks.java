package crosvm.schema.load;

import crosvm.schema.bind.Draft;
import crosvm.schema.check.FleetFileRule;
import crosvm.schema.model.Dependency;
import crosvm.schema.model.MemberSpec;
import crosvm.schema.problem.DidYouMean;
import crosvm.schema.problem.Origin;
import crosvm.schema.problem.ProblemLog;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiFunction;

/** Whether the machines of a file can be started one after the other. Used by one thread. */
final class FleetChecks {
    private final ProblemLog log;
    private boolean sound = true;

    FleetChecks(ProblemLog log) {
        this.log = log;
    }

    /**
     * Checks the dependencies.
     *
     * @param origin where it is written that the one depends on the other
     * @return whether each leads to a machine, and none in a circle
     */
    boolean check(Map<String, MemberSpec> members, BiFunction<String, String, Origin> origin) {
        members.forEach((key, member) -> member.dependsOn().forEach((needed, how) -> {
            if (!members.containsKey(needed)) {
                tell(
                        FleetFileRule.DEPENDENCY,
                        key,
                        needed,
                        origin,
                        "there is no machine \"" + needed + "\"",
                        DidYouMean.hint(needed, members.keySet()));
            }
        }));
        Set<String> done = new HashSet<>();
        members.keySet().forEach(key -> follow(key, members, origin, done, new ArrayDeque<>()));
        return sound;
    }

    /** Checks that each machine that must be ready before another says when it is; once there are specs. */
    void checkReadiness(Fleet fleet, Map<Fleet.Machine, Draft> drafts, BiFunction<String, String, Origin> origin) {
        fleet.members()
                .forEach((key, member) -> member.dependsOn().forEach((needed, how) -> {
                    Draft draft = Objects.requireNonNull(
                            drafts.get(fleet.machines(needed).get(0)));
                    if (how == Dependency.READY && draft.spec().ready() == null && draft.sound("ready")) {
                        tell(
                                FleetFileRule.DEPENDENCY,
                                key,
                                needed,
                                origin,
                                "machines." + needed + " does not say when it is ready",
                                "give it the field ready, for example ready: {console: \"login:\"}, or write started");
                    }
                }));
    }

    private void follow(
            String key,
            Map<String, MemberSpec> members,
            BiFunction<String, String, Origin> origin,
            Set<String> done,
            Deque<String> way) {
        if (done.contains(key)) {
            return;
        }
        way.addLast(key);
        for (String needed :
                Objects.requireNonNull(members.get(key)).dependsOn().keySet()) {
            if (way.contains(needed)) {
                String circle = String.join(
                                " -> ",
                                way.stream()
                                        .dropWhile(before -> !before.equals(needed))
                                        .toList())
                        + " -> " + needed;
                tell(FleetFileRule.CYCLE, key, needed, origin, "depends on itself: " + circle, "");
            } else if (members.containsKey(needed)) {
                follow(needed, members, origin, done, way);
            }
        }
        way.removeLast();
        done.add(key);
    }

    private void tell(
            FleetFileRule rule,
            String key,
            String needed,
            BiFunction<String, String, Origin> origin,
            String message,
            String hint) {
        sound = false;
        log.within("machines." + key).add(rule, origin.apply(key, needed), "dependsOn." + needed, message, hint);
    }
}
