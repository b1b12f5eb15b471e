package com.sun.jna;

import java.lang.reflect.Field;
import java.util.Arrays;
import java.util.List;

/**
 * JNA's description of a C type, whose fields JNA reads and writes by reflection, as it does those of all structures. For this one class
 * Java 25 makes six classes in each process that starts, 6 ms of processor time, and Java 17 reads an annotation. The build puts these
 * methods into the class itself ({@code crosvm.build.JnaClasses}); see {@link Structure} for what they must do.
 */
final class FfiTypeByName extends Structure.FFIType {
    @Override
    protected List<String> getFieldOrder() {
        return Arrays.asList("size", "alignment", "type", "elements"); // ffi.h: ffi_type
    }

    @Override
    Object getFieldValue(Field field) {
        switch (field.getName()) {
            case "size":
                return size;
            case "alignment":
                return alignment;
            case "type":
                return type;
            case "elements":
                return elements;
            default:
                throw new Error(field + ": not in ffi_type");
        }
    }

    /** In place of a private method, like the next: the build makes them ones that can be replaced. */
    void initializeFields() {
        if (size == null) {
            size = new size_t();
        }
    }

    void setFieldValue(Field field, Object value, boolean overrideFinal) {
        switch (field.getName()) {
            case "size":
                size = (size_t) value;
                return;
            case "alignment":
                alignment = (Short) value;
                return;
            case "type":
                type = (Short) value;
                return;
            case "elements":
                elements = (Pointer) value;
                return;
            default:
                throw new Error(field + ": not in ffi_type");
        }
    }
}
