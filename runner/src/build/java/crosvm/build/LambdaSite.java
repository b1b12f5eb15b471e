package crosvm.build;

import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Handle;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/**
 * A lambda or method reference in a method's code, as {@code LambdaMetafactory.metafactory} is told of it.
 *
 * @param sam the name of the interface's one method
 * @param factory the descriptor of what makes the object: of what is captured to the interface
 * @param erased the descriptor of the interface's method
 * @param called what it is to call
 * @param exact the same method's descriptor with the types that it has here
 */
record LambdaSite(String sam, String factory, Type erased, Handle called, Type exact) {
    private static final String METAFACTORY = "java/lang/invoke/LambdaMetafactory";

    /** Null for all else that code can have linked at run time, which is left alone: that includes lambdas with more than one interface. */
    static @Nullable LambdaSite of(String sam, String factory, Handle bootstrap, Object... arguments) {
        boolean plain = bootstrap.getOwner().equals(METAFACTORY)
                && bootstrap.getName().equals("metafactory")
                && arguments.length == 3
                && arguments[0] instanceof Type
                && arguments[1] instanceof Handle
                && arguments[2] instanceof Type;
        return plain
                ? new LambdaSite(sam, factory, (Type) arguments[0], (Handle) arguments[1], (Type) arguments[2])
                : null;
    }

    Type[] captured() {
        return Type.getArgumentTypes(factory);
    }

    Type made() {
        return Type.getReturnType(factory);
    }

    boolean isConstructor() {
        return called.getTag() == Opcodes.H_NEWINVOKESPECIAL;
    }

    /** The instruction that calls it. A private method is called like any other from within its nest (JVMS §6.5, from Java 11 on). */
    int instruction() {
        return switch (called.getTag()) {
            case Opcodes.H_INVOKESTATIC -> Opcodes.INVOKESTATIC;
            case Opcodes.H_INVOKEVIRTUAL -> Opcodes.INVOKEVIRTUAL;
            case Opcodes.H_INVOKEINTERFACE -> Opcodes.INVOKEINTERFACE;
            case Opcodes.H_NEWINVOKESPECIAL -> Opcodes.INVOKESPECIAL;
            case Opcodes.H_INVOKESPECIAL -> called.isInterface() ? Opcodes.INVOKEINTERFACE : Opcodes.INVOKEVIRTUAL;
            default -> throw new IllegalStateException(called + ": no method");
        };
    }

    /** What the call takes: the object first, where there is one. */
    Type[] wanted() {
        Type[] arguments = Type.getArgumentTypes(called.getDesc());
        if (isConstructor() || called.getTag() == Opcodes.H_INVOKESTATIC) {
            return arguments;
        }
        Type[] all = new Type[arguments.length + 1];
        all[0] = Type.getObjectType(called.getOwner());
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        return all;
    }

    /** What the call gives. */
    Type given() {
        return isConstructor() ? Type.getObjectType(called.getOwner()) : Type.getReturnType(called.getDesc());
    }
}
