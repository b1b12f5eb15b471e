package crosvm.schema.lint;

import crosvm.schema.bind.Draft;
import crosvm.schema.model.NetworkSpec;
import crosvm.schema.model.VmSpec;
import crosvm.schema.problem.Origin;
import crosvm.schema.problem.Rule;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Compares the specs that are linted together, in their order. Owned by one run of the linter. */
final class FleetLint {
    private final Map<String, Use> uses = new HashMap<>();
    private final FleetPaths paths = new FleetPaths();
    private final List<Range> ranges = new ArrayList<>();

    /** Who uses something first. */
    private record Use(String file, Draft draft, String path) {
        String place() {
            return FleetLint.place(file, draft, path);
        }

        /** The same for a message at another use; empty where both stand in the same place. */
        String seenFrom(Use other) {
            String place = place();
            return place.equals(other.place()) ? "" : place;
        }
    }

    private record Range(NetworkSpec network, Use use) {}

    /** Where a value stands: {@code web.yaml:3:9}. */
    static String place(String file, Draft draft, String path) {
        Origin origin = draft.origin(path);
        return !path.isEmpty() && origin.position().line() > 0
                ? draft.source(path).name() + ":" + origin.position().line() + ":"
                        + origin.position().column()
                : file;
    }

    /** Compares one more file with those before. */
    void add(String file, Draft draft) {
        VmSpec spec = draft.spec();
        if (draft.sound("name")) {
            use(FleetRule.NAME, "name", spec.name(), new Use(file, draft, "name"), "the name \"" + spec.name() + "\"");
        }
        Long cid = spec.vsock() == null ? null : spec.vsock().cid();
        if (cid != null) {
            use(FleetRule.CID, "cid", cid, new Use(file, draft, "vsock.cid"), "the context id " + cid);
        }
        for (int i = 0; i < spec.networks().size(); i++) {
            network(file, draft, spec.networks().get(i), "networks[" + i + "]");
        }
        paths.add(file, draft);
    }

    private void network(String file, Draft draft, NetworkSpec network, String path) {
        // Behind user: true each guest has a network of its own.
        if (draft.given(path + ".mac") && !network.user()) {
            Use use = new Use(file, draft, path + ".mac");
            use(FleetRule.MAC, "mac", network.mac(), use, "the MAC address " + network.mac());
        }
        if (network.tap() != null) {
            Use use = new Use(file, draft, path + ".tap");
            use(FleetRule.TAP, "tap", network.tap(), use, "the tap " + network.tap());
        }
        for (int i = 0; i < network.forward().size(); i++) {
            int port = network.forward().get(i).host();
            use(
                    FleetRule.PORT,
                    "port",
                    port,
                    new Use(file, draft, path + ".forward[" + i + "]"),
                    "the host's port " + port);
        }
        Use use = new Use(file, draft, path + ".hostIp");
        for (Range range : ranges) {
            if (!range.use().draft().equals(draft) && NetworkLint.overlap(range.network(), network)) {
                draft.problem(
                        FleetRule.HOST_IP,
                        path + ".hostIp",
                        "the range overlaps that at " + range.use().place());
                break;
            }
        }
        ranges.add(new Range(network, use));
    }

    /** Remembers a use, and tells of it when another file has the same thing. */
    private void use(Rule rule, String kind, Object thing, Use use, String text) {
        if (!use.draft().sound(use.path())) {
            return;
        }
        String key = kind + " " + thing;
        Use before = uses.get(key);
        if (before == null) {
            uses.put(key, use);
        } else if (!before.draft().equals(use.draft())) {
            String other = before.seenFrom(use);
            if (other.isEmpty()) {
                use.draft()
                        .problem(
                                rule,
                                use.path(),
                                text + " is that of several machines here",
                                "give each its own, for example with ${CROSVM_REPLICA} or ${CROSVM_MACHINE} in it");
            } else {
                use.draft().problem(rule, use.path(), text + " is used at " + other + " too");
            }
        }
    }
}
