package crosvm.runner.report;

import crosvm.schema.model.IoLimit;
import crosvm.schema.model.LimitsSpec;
import crosvm.schema.model.MemorySize;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How much of the host a machine may take, and has taken, for people. */
public final class LimitsText {
    private static final double MICROSECONDS = 1e6;

    private LimitsText() {}

    /** A spec's: {@code cpu 1.5, memory 1GiB, reads 100MiB/s}. */
    public static String of(LimitsSpec limits) {
        List<String> words = new ArrayList<>();
        add(words, "cpu ", limits.cpu(), "");
        add(words, "memory ", limits.memory(), "");
        IoLimit io = limits.io();
        if (io != null) {
            add(words, "reads ", io.read(), "/s");
            add(words, "writes ", io.write(), "/s");
            add(words, "read requests ", io.readIops(), "/s");
            add(words, "write requests ", io.writeIops(), "/s");
        }
        add(words, "pids ", limits.pids(), "");
        return String.join(", ", words);
    }

    /** A running machine's, as the control socket tells them. */
    static String of(Map<?, ?> facts) {
        List<String> words = new ArrayList<>();
        add(words, "cpu ", facts.get("cpu"), "");
        add(words, "memory ", size(facts.get("memory")), "");
        add(words, "reads ", size(facts.get("ioRead")), "/s");
        add(words, "writes ", size(facts.get("ioWrite")), "/s");
        add(words, "read requests ", facts.get("ioReadIops"), "/s");
        add(words, "write requests ", facts.get("ioWriteIops"), "/s");
        add(words, "pids ", facts.get("pids"), "");
        return String.join(", ", words) + "; control group " + TextTable.line(String.valueOf(facts.get("cgroup")));
    }

    /** What the control group has counted since then, and what it holds now. */
    static String used(Map<?, ?> before, Map<?, ?> now) {
        List<String> words = new ArrayList<>();
        words.add(seconds(before, now, "cpuMicroseconds") + " of processor time");
        words.add("throttled for " + seconds(before, now, "cpuThrottledMicroseconds"));
        if (now.get("memory") instanceof Number memory) {
            words.add("memory " + StatsText.size(memory.longValue()));
        }
        if (now.get("pids") instanceof Number pids) {
            words.add(pids + " processes and threads");
        }
        return String.join(", ", words);
    }

    private static String seconds(Map<?, ?> before, Map<?, ?> now, String name) {
        return String.format(Locale.ROOT, "%.1f s", (number(now, name) - number(before, name)) / MICROSECONDS);
    }

    private static long number(Map<?, ?> in, String name) {
        return in.get(name) instanceof Number number ? number.longValue() : 0;
    }

    private static @Nullable Object size(@Nullable Object bytes) {
        return bytes instanceof Number number ? new MemorySize(number.longValue()) : null;
    }

    private static void add(List<String> words, String name, @Nullable Object value, String unit) {
        if (value != null) {
            words.add(name + value + unit);
        }
    }
}
