package crosvm.schema.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * Writes the source of {@code SpecTable}, which is what {@link SpecReader} has read, as plain constructor calls, and makes and
 * reads the records without reflection. A step of the build: nothing in it is for the program that runs.
 */
final class SpecTableWriter {
    private final StringBuilder methods = new StringBuilder();
    private final StringBuilder makers = new StringBuilder();
    private final StringBuilder readers = new StringBuilder();

    private SpecTableWriter() {}

    /** Writes the file into a folder of sources, which is the one argument. */
    public static void main(String[] arguments) throws IOException {
        Path folder = Files.createDirectories(Path.of(arguments[0], "crosvm", "schema", "model"));
        Files.writeString(folder.resolve("SpecTable.java"), new SpecTableWriter().source(SpecReader.read()));
    }

    private String source(List<RecordInfo> roots) {
        roots.forEach(this::record);
        return """
                package crosvm.schema.model;
                import java.util.List;
                @SuppressWarnings("all")
                final class SpecTable implements RecordAccess, java.util.function.Supplier<List<RecordInfo>> {
                    public List<RecordInfo> get() { return List.of(r%d(), r%d(), r%d()); }
                %s
                    public Object create(int record, Object[] v) { switch (record) {
                %s    default: throw new IndexOutOfBoundsException(record); } }
                    public Object read(int field, Object owner) { switch (field) {
                %s    default: throw new IndexOutOfBoundsException(field); } }
                }
                """.formatted(
                roots.get(0).number(), roots.get(1).number(), roots.get(2).number(), methods, makers, readers);
    }

    private void record(RecordInfo info) {
        String type = info.type().getCanonicalName();
        StringJoiner fields = new StringJoiner(", ");
        StringJoiner values = new StringJoiner(", ");
        StringBuilder body = new StringBuilder();
        for (int i = 0; i < info.fields().size(); i++) {
            FieldInfo field = info.fields().get(i);
            body.append("FieldInfo f%d = %s;%n".formatted(i, field(field)));
            fields.add("f" + i);
            values.add("(" + cast(field.type()) + ") v[" + i + "]");
            readers.append("case %d: return ((%s) owner).%s();%n".formatted(field.number(), type, field.name()));
        }
        makers.append("case %d: return new %s(%s);%n".formatted(info.number(), type, values));
        methods.append(
                "private RecordInfo r%d() {%n%sreturn new RecordInfo(%s.class, List.of(%s), %s, %s, %d, this); }%n"
                        .formatted(
                                info.number(),
                                body,
                                type,
                                fields,
                                place(info, info.shorthand()),
                                place(info, info.key()),
                                info.number()));
    }

    private static String place(RecordInfo info, @Nullable FieldInfo field) {
        return field == null ? "null" : "f" + info.fields().indexOf(field);
    }

    private String field(FieldInfo field) {
        FieldDoc doc = field.doc();
        StringJoiner texts = new StringJoiner(", ", "new FieldDoc(", ")");
        List.of(doc.value(), doc.example(), doc.defaultValue(), doc.derived(), doc.flag(), doc.shortFlag())
                .forEach(text -> texts.add(literal(text)));
        texts.add(String.valueOf(doc.fileOnly())).add(literal(doc.absentWord()));
        texts.add(String.valueOf(doc.socketName())).add(String.valueOf(doc.words()));
        return "new FieldInfo(%s, %s, %s, %s, %s, %s, %d, this)"
                .formatted(
                        literal(field.name()),
                        literal(field.path()),
                        type(field.type()),
                        field.nullable(),
                        texts,
                        field.flag() == null ? "null" : literal(field.flag()),
                        field.number());
    }

    private String type(FieldType type) {
        StringJoiner list = new StringJoiner(", ", "List.of(", ")");
        type.constraints().forEach(constraint -> list.add(constraint(constraint)));
        if (type instanceof FieldType.Group group) {
            record(group.info());
            return "new FieldType.Group(r" + group.info().number() + "(), " + list + ")";
        }
        if (type instanceof FieldType.Items items) {
            return "new FieldType.Items(" + type(items.element()) + ", " + list + ")";
        }
        if (type instanceof FieldType.Entries entries) {
            return "new FieldType.Entries(" + type(entries.value()) + ", " + list + ")";
        }
        FieldType.Scalar scalar = (FieldType.Scalar) type;
        return "new FieldType.Scalar(ScalarKind.%s, %s.class, %s)"
                .formatted(scalar.kind(), scalar.javaType().getCanonicalName(), list);
    }

    private static String constraint(Constraint constraint) {
        StringJoiner values = new StringJoiner(", ", "(", ")");
        if (constraint instanceof Constraint.Min min) {
            values.add(min.value() + "L");
        } else if (constraint instanceof Constraint.Max max) {
            values.add(max.value() + "L");
        } else if (constraint instanceof Constraint.Pattern pattern) {
            values.add(literal(pattern.regexp())).add(literal(pattern.message()));
        } else if (constraint instanceof Constraint.Size size) {
            values.add(String.valueOf(size.min())).add(String.valueOf(size.max()));
        } else if (constraint instanceof Constraint.SizeRange range) {
            values.add(literal(range.min())).add(literal(range.max()));
        }
        return "new Constraint." + constraint.getClass().getSimpleName() + values;
    }

    private static String cast(FieldType type) {
        if (type instanceof FieldType.Group group) {
            return group.info().type().getCanonicalName();
        }
        if (type instanceof FieldType.Scalar scalar) {
            Class<?> raw = scalar.javaType();
            return raw == int.class
                    ? "Integer"
                    : raw == long.class ? "Long" : raw == boolean.class ? "Boolean" : raw.getCanonicalName();
        }
        return type instanceof FieldType.Items ? "java.util.List" : "java.util.Map";
    }

    private static String literal(String text) {
        StringBuilder out = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c >= ' ' && c < 127) {
                out.append(c);
            } else {
                out.append("\\u%04x".formatted((int) c));
            }
        }
        return out.append('"').toString().replace("\\u000a", "\\n");
    }
}
