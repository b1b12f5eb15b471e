package crosvm.build;

import java.util.Map;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/** What a value needs to become one of another type, in the ways that {@code LambdaMetafactory} allows: widened, boxed, unboxed, cast. */
final class Conversion {
    private static final Map<Type, Type> BOXES = Map.of(
            Type.BOOLEAN_TYPE, Type.getType(Boolean.class),
            Type.BYTE_TYPE, Type.getType(Byte.class),
            Type.CHAR_TYPE, Type.getType(Character.class),
            Type.SHORT_TYPE, Type.getType(Short.class),
            Type.INT_TYPE, Type.getType(Integer.class),
            Type.LONG_TYPE, Type.getType(Long.class),
            Type.FLOAT_TYPE, Type.getType(Float.class),
            Type.DOUBLE_TYPE, Type.getType(Double.class));

    private Conversion() {}

    /** Converts what is on top of the stack. */
    static void write(MethodVisitor code, Type from, Type to) {
        if (from.equals(to)) {
            return;
        }
        if (isPrimitive(from) && isPrimitive(to)) {
            widen(code, from, to);
        } else if (isPrimitive(from)) {
            Type box = BOXES.get(from);
            code.visitMethodInsn(
                    Opcodes.INVOKESTATIC, box.getInternalName(), "valueOf", Type.getMethodDescriptor(box, from), false);
        } else if (isPrimitive(to)) {
            unbox(code, from, to);
        } else if (!to.getInternalName().equals("java/lang/Object")) {
            code.visitTypeInsn(Opcodes.CHECKCAST, to.getInternalName());
        }
    }

    private static boolean isPrimitive(Type type) {
        return type.getSort() < Type.ARRAY;
    }

    /** A box of another type than wanted is unboxed and widened; of what is no box it is to be one of the type that is wanted. */
    private static void unbox(MethodVisitor code, Type from, Type to) {
        Type value = to;
        for (Map.Entry<Type, Type> box : BOXES.entrySet()) {
            value = box.getValue().equals(from) ? box.getKey() : value;
        }
        String box = BOXES.get(value).getInternalName();
        if (!box.equals(from.getInternalName())) {
            code.visitTypeInsn(Opcodes.CHECKCAST, box);
        }
        code.visitMethodInsn(
                Opcodes.INVOKEVIRTUAL, box, value.getClassName() + "Value", Type.getMethodDescriptor(value), false);
        widen(code, value, to);
    }

    /** JVMS §2.11.1: what is less than an int is one on the stack. */
    private static void widen(MethodVisitor code, Type from, Type to) {
        boolean whole = from.getSort() <= Type.INT;
        int instruction = switch (to.getSort()) {
            case Type.LONG -> whole ? Opcodes.I2L : Opcodes.NOP;
            case Type.FLOAT -> whole ? Opcodes.I2F : from.getSort() == Type.LONG ? Opcodes.L2F : Opcodes.NOP;
            case Type.DOUBLE ->
                whole
                        ? Opcodes.I2D
                        : from.getSort() == Type.LONG
                                ? Opcodes.L2D
                                : from.getSort() == Type.FLOAT ? Opcodes.F2D : Opcodes.NOP;
            default -> Opcodes.NOP;
        };
        if (instruction != Opcodes.NOP) {
            code.visitInsn(instruction);
        }
    }
}
