package crosvm.schema.bind;

import crosvm.schema.model.FieldInfo;
import crosvm.schema.model.FieldType;
import crosvm.schema.model.RecordInfo;
import crosvm.schema.problem.Origin;
import crosvm.schema.problem.Problem;
import crosvm.schema.problem.ProblemLog;
import crosvm.schema.problem.SourceText;
import crosvm.schema.yaml.MergeKeys;
import crosvm.schema.yaml.Tree;
import crosvm.schema.yaml.YamlReader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the values of flags: plain texts, YAML's flow style, and items like {@code extra.img,readOnly=false}. */
final class FlagValue {
    /** What begins with it and = is a field, though it be misspelt: a file of such a name is ./a=b.img. */
    private static final Pattern KEY = Pattern.compile("[A-Za-z]+");

    private FlagValue() {}

    /** A plain value, or a list or mapping in flow style; null after a problem. */
    static @Nullable Tree parse(String text, Origin origin, ProblemLog log) {
        if (text.startsWith("[") || text.startsWith("{") || text.startsWith("\"")) {
            ProblemLog inner = new ProblemLog(new SourceText(origin.source(), text));
            Tree tree = YamlReader.read(new SourceText(origin.source(), text), inner);
            if (tree != null) {
                new MergeKeys(inner).refuse(tree);
            }
            for (Problem problem : inner.sorted()) {
                log.add(problem.rule(), origin, "", problem.message(), problem.hint());
            }
            return tree == null ? null : movedTo(tree, origin);
        }
        return new Tree.Scalar(text, true, origin);
    }

    /** The value of a flag for a field of this type; null after a problem. */
    static @Nullable Tree item(FieldType type, String text, Origin origin, ProblemLog log) {
        if (!(type instanceof FieldType.Group group)) {
            return new Tree.Scalar(text, true, origin);
        }
        if (text.startsWith("{")) {
            return parse(text, origin, log);
        }
        RecordInfo info = group.info();
        FieldInfo shorthand = info.shorthand();
        Map<String, List<Tree>> values = new LinkedHashMap<>();
        List<String> parts = List.of(text.split(",", -1));
        for (int i = 0; i < parts.size(); i++) {
            String part = parts.get(i);
            int equals = part.indexOf('=');
            String name = equals < 0 ? part : part.substring(0, equals);
            String value = equals < 0 ? "true" : part.substring(equals + 1);
            if (i == 0 && shorthand != null && (equals < 0 || !KEY.matcher(name).matches())) {
                name = shorthand.name();
                value = part;
            }
            values.computeIfAbsent(name, k -> new ArrayList<>()).add(new Tree.Scalar(value, true, origin));
        }
        return mapping(info, values, origin, log);
    }

    private static Tree mapping(RecordInfo info, Map<String, List<Tree>> values, Origin origin, ProblemLog log) {
        List<Tree.Entry> entries = new ArrayList<>();
        values.forEach((key, given) -> {
            FieldInfo field = info.field(key);
            if (field != null && field.type() instanceof FieldType.Items) {
                entries.add(new Tree.Entry(key, origin, new Tree.Sequence(given, origin)));
                return;
            }
            if (given.size() > 1) {
                log.add(FieldRule.BAD_OVERRIDE, origin, "", "\"" + key + "\" is given twice");
            }
            entries.add(new Tree.Entry(key, origin, given.get(0)));
        });
        return new Tree.Mapping(entries, origin);
    }

    private static Tree movedTo(Tree tree, Origin origin) {
        if (tree instanceof Tree.Mapping mapping) {
            return new Tree.Mapping(
                    mapping.entries().stream()
                            .map(e -> new Tree.Entry(e.key(), origin, movedTo(e.value(), origin)))
                            .toList(),
                    origin);
        }
        if (tree instanceof Tree.Sequence sequence) {
            return new Tree.Sequence(
                    sequence.items().stream().map(t -> movedTo(t, origin)).toList(), origin);
        }
        if (!(tree instanceof Tree.Scalar scalar)) {
            return new Tree.Refused(origin);
        }
        return new Tree.Scalar(scalar.text(), scalar.plain(), origin);
    }
}
