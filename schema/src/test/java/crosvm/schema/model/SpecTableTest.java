package crosvm.schema.model;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.schema.load.FullSpec;
import crosvm.schema.load.SpecLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The table that the build writes says what the records say; a program that starts sees the table only. */
class SpecTableTest {
    private static List<String> facts(RecordInfo info) {
        List<String> facts = new ArrayList<>();
        add(facts, info);
        return facts;
    }

    private static void add(List<String> facts, RecordInfo info) {
        facts.add(info.type() + " #" + info.number() + " shorthand " + name(info.shorthand()) + " key "
                + name(info.key()) + " of " + info.names());
        for (FieldInfo field : info.fields()) {
            facts.add(String.join(
                    " | ",
                    field.path(),
                    String.valueOf(field.nullable()),
                    String.valueOf(field.flag()),
                    String.valueOf(field.number()),
                    field.doc().toString(),
                    type(field.type())));
            RecordInfo inner = SpecModel.recordIn(field.type());
            if (inner != null) {
                add(facts, inner);
            }
        }
    }

    private static String name(@Nullable FieldInfo field) {
        return field == null ? "none" : field.name();
    }

    private static String type(FieldType type) {
        if (type instanceof FieldType.Items items) {
            return "items " + items.constraints() + " of " + type(items.element());
        }
        if (type instanceof FieldType.Entries entries) {
            return "entries " + entries.constraints() + " of " + type(entries.value());
        }
        return type instanceof FieldType.Group group
                ? "group " + group.constraints() + group.info().type()
                : type.toString();
    }

    @Test
    void saysWhatTheRecordsSay() {
        assertThat(SpecModel.root().access())
                .as("the build has made the table")
                .isNotInstanceOf(RecordAccess.Reflective.class);
        assertThat(facts(SpecModel.root()))
                .hasSizeGreaterThan(60)
                .isEqualTo(facts(SpecReader.read().get(0)));
        assertThat(facts(SpecModel.member())).isEqualTo(facts(SpecReader.read().get(1)));
    }

    @Test
    void makesAndReadsTheSameRecords() {
        VmSpec spec = SpecLoader.withEnvironment(Map.of())
                .load("vm.yaml", FullSpec.YAML, Path.of("/specs"))
                .orThrow();
        assertThat(copy(SpecModel.root(), spec)).isEqualTo(spec);
        assertThat(copy(SpecReader.read().get(0), spec)).isEqualTo(spec);
    }

    /** The same record made anew from its components, and those likewise. */
    private static Object copy(RecordInfo info, Object owner) {
        List<@Nullable Object> values = new ArrayList<>();
        for (FieldInfo field : info.fields()) {
            Object value = field.read(owner);
            values.add(value == null ? null : copy(field.type(), value));
        }
        return info.create(values.toArray());
    }

    private static Object copy(FieldType type, Object value) {
        if (type instanceof FieldType.Group group) {
            return copy(group.info(), value);
        }
        return type instanceof FieldType.Items items
                ? ((List<?>) value)
                        .stream().map(item -> copy(items.element(), item)).toList()
                : value;
    }
}
