package crosvm.schema.bind;

import crosvm.schema.model.FieldInfo;
import crosvm.schema.model.FieldType;
import crosvm.schema.model.RecordInfo;
import crosvm.schema.model.ScalarKind;
import crosvm.schema.problem.Origin;
import crosvm.schema.problem.ProblemLog;
import crosvm.schema.yaml.Tree;
import crosvm.schema.yaml.YamlRule;
import java.util.Locale;
import java.util.Set;

/** Complaints about mappings, lists and plain values that stand where another of the three is wanted. */
public final class TypeMismatch {
    private static final Set<String> SWITCH = Set.of("true", "false", "on", "off", "yes", "no", "y", "n");

    private final ProblemLog log;

    /** Complaints go there. */
    public TypeMismatch(ProblemLog log) {
        this.log = log;
    }

    /** Whether a plain value cannot be what the record's shorthand stands for. */
    static boolean foreign(FieldInfo shorthand, Tree.Scalar scalar) {
        if (!(shorthand.type() instanceof FieldType.Scalar type)
                || scalar.text().contains("${")
                || ScalarReader.isBareVariable(scalar.text())) {
            return false;
        }
        boolean flag = scalar.origin().kind() == Origin.Kind.FLAG;
        return switch (type.kind()) {
            case BOOLEAN -> !SWITCH.contains(scalar.text().toLowerCase(Locale.ROOT));
            case PATH ->
                !flag
                        && scalar.plain()
                        && (scalar.text().equals("true") || scalar.text().equals("false"));
            default -> false;
        };
    }

    /** Complains about what stands instead of a record. */
    void noRecord(RecordInfo info, Tree tree, String path) {
        FieldInfo shorthand = info.shorthand();
        String keys = "a mapping with the keys " + String.join(", ", info.names());
        if (shorthand == null || !(tree instanceof Tree.Scalar scalar)) {
            complain(tree, path, keys, "");
        } else if (shorthand.type() instanceof FieldType.Scalar type && type.kind() == ScalarKind.BOOLEAN) {
            complain(tree, path, "true, false or " + keys, "");
        } else {
            String word = shorthand.doc().absentWord();
            String hint = scalar.text().equals("false")
                    ? "leave " + path + " out where there should be none"
                    : "for example " + (word.isEmpty() ? shorthand.doc().example() : word);
            boolean number = shorthand.type() instanceof FieldType.Scalar type && type.kind() == ScalarKind.INTEGER;
            String plain = number ? "a whole number or " : "a path or ";
            complain(tree, path, (word.isEmpty() ? "" : word + ", ") + plain + keys, hint);
        }
    }

    /** Complains about what stands instead of a plain value. */
    public void noScalar(Tree tree, String path) {
        String hint = "";
        // - console: ttyS1, where - console=ttyS1 was meant.
        if (path.startsWith("kernel.params")
                && tree instanceof Tree.Mapping mapping
                && mapping.entries().size() == 1
                && mapping.entries().get(0).value() instanceof Tree.Scalar scalar) {
            hint = "is \"" + mapping.entries().get(0).key() + "=" + scalar.text() + "\" meant?";
        }
        complain(tree, path, "a plain value", hint);
    }

    /** Complains about what stands instead of a list. */
    public void noList(Tree tree, String path) {
        complain(tree, path, "a list", "write its items [between, brackets], or each on a line with \"- \" in front");
    }

    /** Complains about what stands instead of a mapping with keys of the user's choice. */
    public void noMapping(Tree tree, String path) {
        complain(tree, path, "a mapping", "write {KEY: VALUE}, or each KEY: VALUE on a line of its own");
    }

    private void complain(Tree tree, String path, String wanted, String hint) {
        if (tree instanceof Tree.Refused) {
            return;
        }
        if (tree instanceof Tree.Scalar scalar && scalar.isNull()) {
            log.add(YamlRule.NULL, tree.origin(), path, "has no value", ScalarReader.NO_VALUE_HINT);
            return;
        }
        String found = tree instanceof Tree.Mapping
                ? "a mapping"
                : tree instanceof Tree.Sequence ? "a list" : ScalarReader.show((Tree.Scalar) tree);
        log.add(FieldRule.WRONG_TYPE, tree.origin(), path, "must be " + wanted + ", not " + found, hint);
    }
}
