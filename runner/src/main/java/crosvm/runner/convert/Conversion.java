package crosvm.runner.convert;

import crosvm.schema.model.MemorySize;
import crosvm.schema.problem.Position;
import crosvm.schema.write.SpecWriter;
import crosvm.vmm.PrintableText;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A spec that is being made out of another tool's file, and what is to be said of it. Used by one thread. */
public final class Conversion {
    /** The documentation's order. What a mapping has beside these keys follows. */
    private static final List<String> ORDER = List.of(
            ("name machines dependsOn replicas kernel memory cpus disks networks vsock wayland balloon rng console shares"
                            + " control restart guest image from initrd params id tag url sha256 to path source readOnly root"
                            + " format writes size limit iops bandwidth hostIp netmask tap user forward mac vhost queues")
                    .split(" "));

    /** The one variable that conversions write. */
    static final String HOME = "${HOME}";

    private final String file;
    private final String tool;
    private final Map<String, Object> spec = new LinkedHashMap<>();
    private final List<Remark> left = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();

    /** Something that was not carried over: where it stands, what, and why. */
    public record Remark(Position position, String what, String why) {
        /** In a line: {@code 3:5: drives[0].cache_type: has no counterpart}. */
        public String describe() {
            String place = position.line() > 0 ? position.line() + ":" + position.column() + ": " : "";
            return place + what + ": " + why;
        }
    }

    /** @param tool whose file it is, for people: {@code Firecracker} */
    Conversion(String file, String tool) {
        this.file = file;
        this.tool = tool;
    }

    /** Sets a field of the spec. */
    void put(String field, Object value) {
        spec.put(field, value);
    }

    /** A mapping in the spec, made when it is missing. */
    @SuppressWarnings("unchecked")
    Map<String, Object> map(String field) {
        return (Map<String, Object>) spec.computeIfAbsent(field, f -> new LinkedHashMap<String, Object>());
    }

    /** A list of mappings in the spec, made when it is missing. */
    @SuppressWarnings("unchecked")
    List<Map<String, Object>> list(String field) {
        return (List<Map<String, Object>>) spec.computeIfAbsent(field, f -> new ArrayList<Map<String, Object>>());
    }

    /** Whether something has been said of that field. */
    boolean has(String field) {
        return spec.containsKey(field);
    }

    /** Tells of something that could not be carried over as it is. */
    void left(Node node, String what, String why) {
        left.add(new Remark(node.position(), what, why));
    }

    /** Tells something of the whole that whoever reads the spec must know. */
    void note(String text) {
        notes.add(text);
    }

    /** Tells of everything below the root that nobody has asked for. */
    void leaveUnused(Node root) {
        root.children()
                .forEach(child -> child.unused("", unused -> {
                    String text = unused.text();
                    String value = text == null || text.isEmpty() || text.length() > 60 || text.indexOf('\n') >= 0
                            ? ""
                            : " " + text;
                    left.add(new Remark(unused.position(), unused.path() + value, "has no counterpart"));
                }));
    }

    /** A size of memory as a spec writes it. */
    static String size(long bytes) {
        return new MemorySize(bytes).toString();
    }

    /** What was not carried over, in the order of the file. */
    public List<Remark> left() {
        return left.stream()
                .sorted(Comparator.comparing(Remark::position).thenComparing(Remark::what))
                .toList();
    }

    /** The spec, with comments that say where it is from and what is not in it. */
    public String text() {
        StringBuilder out = new StringBuilder(
                "# From " + comment(file) + " (" + tool + "), by crosvm convert. Review it, then: crosvm lint\n");
        notes.forEach(note -> out.append("# Note: ").append(comment(note)).append('\n'));
        if (!left.isEmpty()) {
            out.append("# Not carried over:\n");
            left().forEach(remark ->
                    out.append("#   ").append(comment(remark.describe())).append('\n'));
        }
        return out + SpecWriter.toYaml(ordered(spec));
    }

    private static String comment(String text) {
        return PrintableText.line(text, " ");
    }

    /** In the order of the documentation; values as a spec must write them, where a dollar sign would begin a variable. */
    private static Map<String, Object> ordered(Map<String, Object> map) {
        Map<String, Object> ordered = new LinkedHashMap<>();
        ORDER.forEach(key -> {
            if (map.containsKey(key)) {
                ordered.put(key, written(map.get(key)));
            }
        });
        map.forEach((key, value) -> ordered.putIfAbsent(key, written(value)));
        return ordered;
    }

    private static Object written(Object value) {
        if (value instanceof Map<?, ?> map) {
            Map<String, Object> copy = new LinkedHashMap<>();
            map.forEach((key, inner) -> copy.put("" + key, inner));
            return ordered(copy);
        }
        if (value instanceof List<?> list) {
            return list.stream().map(Conversion::written).toList();
        }
        return value instanceof String text ? text.replace("$", "$$").replace("$" + HOME, HOME) : value;
    }
}
