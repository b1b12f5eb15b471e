package crosvm.schema.lint;

import crosvm.schema.model.FieldInfo;
import crosvm.schema.model.FieldType;
import crosvm.schema.model.FleetModel;
import crosvm.schema.model.RecordInfo;
import crosvm.schema.model.SpecModel;
import java.util.HashSet;
import java.util.Set;

/** Writes {@code FIELDS.md} from the model. */
final class FieldsDocument {
    private FieldsDocument() {}

    static String render() {
        StringBuilder out = new StringBuilder("# The fields of `vm.yaml`\n\n");
        out.append("Generated from the records in `crosvm.schema.model`; do not edit.\n\n");
        out.append(
                "Paths are relative to the file they stand in, on the command line to the working folder. `${NAME}` and ");
        out.append(
                "`${NAME:-default}` are filled in from the environment; `$$` is a dollar sign. Every field can be set by ");
        out.append("`--set PATH=VALUE`, items of lists by their id or index: `--set disks.root.path=x.img`.\n\n");
        table(SpecModel.root(), out);
        chapters(SpecModel.root(), new HashSet<>(), out);
        fleet(out);
        return out.toString();
    }

    private static void fleet(StringBuilder out) {
        out.append("\n# The fields of a file of several machines\n\n");
        out.append(
                "A file with `machines:` or `include:` at the top holds several machines. Keys that start with `x-` mean ");
        out.append("nothing to crosvm: they are places for anchors, and `<<: *anchor` is allowed in such a file. ");
        out.append("`--set machines.web.memory=1GiB` changes one machine, every other flag all of them.\n\n");
        table(FleetModel.root(), out);
        out.append("\n## machines.*\n\nA machine has all fields above but `name`, and these:\n\n");
        table(SpecModel.member(), out);
        out.append("\n## networks.*\n\nA network between the machines has these fields; none is needed.\n\n");
        table(SpecModel.network(), out);
    }

    /** One for each kind of record, where it comes first. */
    private static void chapters(RecordInfo info, Set<Class<?>> told, StringBuilder out) {
        for (FieldInfo field : info.fields()) {
            RecordInfo inner = SpecModel.recordIn(field.type());
            if (inner != null && told.add(inner.type())) {
                out.append("\n## ")
                        .append(field.path())
                        .append("\n\n")
                        .append(field.doc().value());
                if (inner.shorthand() != null) {
                    out.append(" A plain value stands for `")
                            .append(inner.shorthand().name())
                            .append("`.");
                }
                out.append("\n\n");
                table(inner, out);
                chapters(inner, told, out);
            }
        }
    }

    private static void table(RecordInfo info, StringBuilder out) {
        out.append("| field | value | default | flag | |\n|---|---|---|---|---|\n");
        for (FieldInfo field : info.fields()) {
            out.append("| `")
                    .append(field.name())
                    .append("` | ")
                    .append(type(field.type()))
                    .append(" | ");
            out.append(preset(field)).append(" | ").append(flag(field)).append(" | ");
            out.append(field.doc().value())
                    .append(" Example: `")
                    .append(field.doc().example())
                    .append("` |\n");
        }
    }

    private static String preset(FieldInfo field) {
        if (field.required()) {
            return "*required*";
        }
        if (!field.doc().derived().isEmpty()) {
            return field.doc().derived();
        }
        return field.doc().defaultValue().isEmpty() ? "" : "`" + field.doc().defaultValue() + "`";
    }

    private static String flag(FieldInfo field) {
        if (field.doc().fileOnly()) {
            return "file only";
        }
        String names =
                field.doc().shortFlag().isEmpty() ? "" : "`" + field.doc().shortFlag() + "` ";
        if (!field.doc().flag().isEmpty()) {
            return names + "`" + field.doc().flag() + "`";
        }
        return field.flag() == null ? "" : "in `" + field.flag() + "`";
    }

    private static String type(FieldType type) {
        if (type instanceof FieldType.Items items) {
            return "list of " + type(items.element());
        }
        if (type instanceof FieldType.Entries entries) {
            return "names with " + type(entries.value());
        }
        if (!(type instanceof FieldType.Scalar scalar)) {
            return "fields below";
        }
        return switch (scalar.kind()) {
            case TEXT -> "text";
            case INTEGER -> "whole number";
            case BOOLEAN -> "true or false";
            case SIZE -> "size";
            case PATH -> "path";
            case WORD -> String.join(", ", scalar.words());
            case WRITES -> "keep, discard or a path";
            case MAC -> "MAC address";
            case IPV4 -> "IPv4 address";
            case CORES -> "number of cores";
            case TIME -> "time";
            case FORWARD -> "HOST:GUEST";
        };
    }
}
