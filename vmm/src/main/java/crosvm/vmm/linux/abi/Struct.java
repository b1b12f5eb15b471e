package crosvm.vmm.linux.abi;

import java.util.ArrayList;
import java.util.List;

/**
 * The layout of a C struct as x86-64's ABI lays it out: members in order, each at its natural alignment, the whole
 * rounded up to the largest. Declared once with C's names; offsets are computed, and UapiLayoutTest compares them with
 * the kernel's headers.
 */
public final class Struct {
    private final String name;
    private final List<Field> fields;
    private final int size;
    private final int alignment;
    private final boolean partial;

    private Struct(Builder builder, boolean partial) {
        this.partial = partial;
        name = builder.name;
        fields = List.copyOf(builder.fields);
        alignment = builder.alignment;
        size = builder.aligned(builder.next, alignment);
    }

    public static Builder named(String cName) {
        return new Builder(cName);
    }

    public String name() {
        return name;
    }

    public List<Field> fields() {
        return fields;
    }

    /** Whether C's struct goes on behind the members declared here, to a length that differs between kernels. */
    public boolean isPartial() {
        return partial;
    }

    /** sizeof, in bytes; of a partial struct, the part declared here. */
    public int size() {
        return size;
    }

    public int alignment() {
        return alignment;
    }

    /** Collects members in their order; {@link #build()} closes the struct. Used while its class is initialised. */
    public static final class Builder {
        private final String name;
        private final List<Field> fields = new ArrayList<>();
        private int next;
        private int alignment = 1;

        private Builder(String name) {
            this.name = name;
        }

        public Field u8(String member) {
            return array(member, 1, 1);
        }

        public Field u16(String member) {
            return array(member, 2, 1);
        }

        public Field u32(String member) {
            return array(member, 4, 1);
        }

        public Field u64(String member) {
            return array(member, 8, 1);
        }

        public Field array(String member, int elementSize, int count) {
            return place(member, elementSize, count, elementSize);
        }

        /** A nested struct or union, taken as bytes: {@code size} of them at {@code align}. */
        public Field nested(String member, int size, int align) {
            return place(member, 1, size, align);
        }

        /** A member inside a union, whose place the union fixes rather than the order: {@code io.port} in kvm_run. */
        public Field at(String member, int offset, int elementSize, int count) {
            Field field = new Field(member, offset, elementSize, count);
            fields.add(field);
            next = Math.max(next, offset + field.size());
            alignment = Math.max(alignment, elementSize);
            return field;
        }

        private Field place(String member, int elementSize, int count, int align) {
            int offset = aligned(next, align);
            Field field = new Field(member, offset, elementSize, count);
            fields.add(field);
            next = offset + field.size();
            alignment = Math.max(alignment, align);
            return field;
        }

        private int aligned(int offset, int align) {
            return (offset + align - 1) / align * align;
        }

        public Struct build() {
            return new Struct(this, false);
        }

        /** A struct of {@code size} bytes whose members behind the last one declared do not matter here. */
        public Struct build(int size) {
            next = Math.max(next, size);
            return build();
        }

        /** A struct that goes on, to a length only the kernel knows. */
        public Struct buildPartial() {
            return new Struct(this, true);
        }
    }
}
