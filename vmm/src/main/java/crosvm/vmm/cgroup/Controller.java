package crosvm.vmm.cgroup;

import crosvm.schema.model.LimitsSpec;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** The controllers of cgroup v2 that limits need (Linux, admin-guide/cgroup-v2.rst, "Controllers"). */
public enum Controller {
    /** {@code cpu.max}. */
    CPU,
    /** {@code memory.max}. */
    MEMORY,
    /** {@code io.max}. */
    IO,
    /** {@code pids.max}. */
    PIDS;

    /** As the kernel and systemd call it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * Those that these limits need. What the kernel writes later out of the page cache counts as the group's only where it also counts memory
     * (cgroup-v2.rst, "Writeback").
     */
    public static Set<Controller> neededBy(LimitsSpec limits) {
        Set<Controller> needed = EnumSet.noneOf(Controller.class);
        if (limits.cpu() != null) {
            needed.add(CPU);
        }
        if (limits.memory() != null) {
            needed.add(MEMORY);
        }
        if (limits.io() != null && limits.io().isPresent()) {
            needed.add(IO);
            needed.add(MEMORY);
        }
        if (limits.pids() != null) {
            needed.add(PIDS);
        }
        return needed;
    }

    /** Those that a file such as {@code cgroup.controllers} lists; others are passed over. */
    static Set<Controller> listed(String text) {
        Set<Controller> found = EnumSet.noneOf(Controller.class);
        for (Controller controller : values()) {
            if (Set.of(text.strip().split("\\s+")).contains(controller.word())) {
                found.add(controller);
            }
        }
        return found;
    }

    /** Their words with a blank between them. */
    static String words(Set<Controller> controllers) {
        return controllers.stream().map(Controller::word).collect(Collectors.joining(" "));
    }
}
