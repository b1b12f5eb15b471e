package crosvm.runner.egress;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Who was refused what: names from dnsmasq's log, connections from the set of {@link EgressRules}. What is refused again is told again
 * with its count, but not more often than once in {@value #PAUSE_LOOKS} looks: a machine that tries without end fills no log. Used by one
 * thread.
 */
public final class RefusalLog {
    private static final int PAUSE_LOOKS = 60;

    /** So many of a look are told of one machine: one that scans ports is a line more, not thousands. */
    private static final int TOLD_EACH = 20;

    /** So many addresses and refusals are remembered; the oldest are forgotten. */
    private static final int REMEMBERED = 4096;

    /** What a connection has before its destination, and a name has not. */
    private static final String CONNECTION = " of ";

    /** A name may have blanks in it, and between them what looks like the rest of a line. */
    private static final Pattern QUERY = Pattern.compile("query\\[([A-Za-z0-9=]+)\\] (.+) from (\\S+)$");

    private static final Pattern REPLY = Pattern.compile("reply (\\S+) is (<CNAME>|[0-9a-f.:]+)$");
    private static final Pattern NO = Pattern.compile("config (.+) is (REFUSED|NXDOMAIN)");
    private static final Pattern REBIND = Pattern.compile("possible DNS-rebind attack detected: (\\S+)");
    private static final Pattern ELEMENT = Pattern.compile(
            "([0-9a-f.:]+) \\. ([0-9a-f.:]+) \\. ([\\w-]+) \\. ([\\w-]+)(?: timeout \\w+)?(?: expires \\w+)? counter packets (\\d+) bytes \\d+");

    private final Map<String, String> names = bounded();
    private final Map<String, String> askers = bounded();
    private final Map<String, Told> told = bounded();
    private final RefusalCounts counts = new RefusalCounts();
    private String lastQuery = "";
    /** The first name of a chain of aliases, whose end has not been said yet. */
    private String alias = "";

    private long look;

    /** How often something had been refused when it was told last. */
    private record Told(long count, long look) {}

    /**
     * A refusal that is to be told.
     *
     * @param source the machine's address
     * @param text for people, without the machine
     */
    public record Refusal(String source, String text) {}

    /**
     * How much was refused.
     *
     * @param packets that were dropped
     * @param names lookups that were refused, or whose answers were left out
     */
    public record Count(long packets, long names) {}

    private static <V> Map<String, V> bounded() {
        return new LinkedHashMap<>() {
            @Override
            protected boolean removeEldestEntry(Map.Entry<String, V> eldest) {
                return size() > REMEMBERED;
            }
        };
    }

    /** Takes what dnsmasq has said since the last look, and the sets as nft lists them now. */
    public List<Refusal> look(List<String> lines, String sets) {
        look++;
        List<Refusal> refusals = new ArrayList<>();
        Map<String, Long> asked = new HashMap<>();
        for (String line : lines) {
            take(line, asked);
        }
        asked.forEach((key, more) -> {
            Told before = told.get(key);
            tell(refusals, key, (before == null ? 0 : before.count()) + more);
        });
        Matcher element = ELEMENT.matcher(sets);
        while (element.find()) {
            String name = names.get(element.group(2));
            String protocol = element.group(3);
            boolean hasPort = protocol.equals("tcp") || protocol.equals("udp");
            String to = (name == null ? "" : name + " ") + "(" + element.group(2) + ")";
            String key =
                    element.group(1) + " " + protocol + (hasPort ? " port " + element.group(4) : "") + CONNECTION + to;
            tell(refusals, key, Long.parseLong(element.group(5)));
        }
        counts.addPackets(sets);
        return few(refusals);
    }

    /** The table was made anew, and its sets count from nothing. */
    public void startOver() {
        counts.startOver();
        told.keySet().removeIf(key -> key.contains(CONNECTION));
    }

    /** How much each machine was refused since the last call, by addresses; all of it, however little of it is told. */
    public Map<String, Count> takeCounts() {
        return counts.take();
    }

    private static List<Refusal> few(List<Refusal> all) {
        List<Refusal> few = new ArrayList<>();
        Map<String, Integer> counts = new LinkedHashMap<>();
        for (Refusal refusal : all) {
            if (counts.merge(refusal.source(), 1, Integer::sum) <= TOLD_EACH) {
                few.add(refusal);
            }
        }
        counts.forEach((source, count) -> {
            if (count > TOLD_EACH) {
                few.add(new Refusal(source, "refused: " + (count - TOLD_EACH) + " more"));
            }
        });
        return few;
    }

    private void take(String line, Map<String, Long> asked) {
        Matcher query = QUERY.matcher(line);
        Matcher reply = REPLY.matcher(line);
        Matcher no = NO.matcher(line);
        Matcher rebind = REBIND.matcher(line);
        if (query.find()) {
            lastQuery = query.group(2);
            alias = "";
            askers.put(query.group(2), query.group(3));
        } else if (reply.find()) {
            if (alias.isEmpty()) {
                alias = reply.group(1);
            }
            if (!reply.group(2).equals("<CNAME>")) {
                names.put(reply.group(2), alias);
                alias = "";
            }
        } else if (no.find()) {
            String name = no.group(1).equals("error") ? lastQuery : no.group(1);
            count(asked, name, "name ");
        } else if (rebind.find()) {
            String name = askers.containsKey(rebind.group(1)) ? rebind.group(1) : lastQuery; // Else the end of aliases.
            count(asked, name, "private address as the answer for ");
        }
    }

    private void count(Map<String, Long> asked, String name, String what) {
        String asker = askers.get(name);
        if (asker != null) {
            counts.addName(asker);
            asked.merge(asker + " " + what + name, 1L, Long::sum);
        }
    }

    private void tell(List<Refusal> refusals, String key, long count) {
        @Nullable Told before = told.get(key);
        boolean isDue = before == null || count > before.count() && look - before.look() >= PAUSE_LOOKS;
        boolean isNew = before != null && count < before.count(); // The set was made anew.
        if (isDue || isNew) {
            told.put(key, new Told(count, look));
            int blank = key.indexOf(' ');
            String again = count > 1 ? ", " + count + " times" : "";
            refusals.add(new Refusal(key.substring(0, blank), "refused: " + key.substring(blank + 1) + again));
        } else if (Objects.requireNonNull(before).count() < count && !key.contains(CONNECTION)) {
            told.put(key, new Told(count, before.look()));
        }
    }
}
