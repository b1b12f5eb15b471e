package crosvm.runner.egress;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How much each machine was refused since it was last asked for. Used by one thread. */
final class RefusalCounts {
    /** A network has no more machines. */
    private static final int REMEMBERED = 4096;

    /** An element that is an address alone, and not one of several parts. */
    private static final Pattern ELEMENT = Pattern.compile("[{,]\\s*([0-9a-f.:]+) counter packets (\\d+) bytes");

    private final Map<String, Long> before = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
            return size() > REMEMBERED;
        }
    };
    private Map<String, RefusalLog.Count> added = new LinkedHashMap<>();

    /** One lookup. */
    void addName(String source) {
        add(source, new RefusalLog.Count(0, 1));
    }

    /** What the kernel has counted of packets until now, as nft lists it. */
    void addPackets(String sets) {
        Matcher element = ELEMENT.matcher(sets);
        while (element.find()) {
            long now = Long.parseLong(element.group(2));
            Long last = before.put(element.group(1), now);
            long more = last == null || now < last ? now : now - last; // Less: the set was made anew.
            if (more > 0) {
                add(element.group(1), new RefusalLog.Count(more, 0));
            }
        }
    }

    /** The sets were made anew. */
    void startOver() {
        before.clear();
    }

    private void add(String source, RefusalLog.Count count) {
        added.merge(source, count, (a, b) -> new RefusalLog.Count(a.packets() + b.packets(), a.names() + b.names()));
    }

    /** What has come since the last time, by addresses. */
    Map<String, RefusalLog.Count> take() {
        Map<String, RefusalLog.Count> taken = added;
        added = new LinkedHashMap<>();
        return taken;
    }
}
