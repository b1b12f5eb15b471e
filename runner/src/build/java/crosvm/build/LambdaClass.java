package crosvm.build;

import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/** The class of one lambda: a field for each value that is captured, and the interface's method, which calls what the lambda is. */
final class LambdaClass {
    /** The one object of a lambda that captures nothing. */
    static final String INSTANCE = "INSTANCE";
    /** Makes an object of what is captured. */
    static final String FACTORY = "of";

    private static final String OBJECT = "java/lang/Object";
    private static final String CONSTRUCTOR = "<init>";
    private static final String VALUE = "value";

    private final String name;
    private final LambdaSite site;
    private final Type[] captured;
    private final String constructor;
    private final ClassWriter writer = new ClassWriter(ClassWriter.COMPUTE_MAXS);

    /**
     * @param name its internal name
     * @param nest that of its nest's host
     */
    LambdaClass(String name, String nest, LambdaSite site) {
        this.name = name;
        this.site = site;
        this.captured = site.captured();
        this.constructor = Type.getMethodDescriptor(Type.VOID_TYPE, captured);
        String made = site.made().getInternalName();
        int access = Opcodes.ACC_FINAL | Opcodes.ACC_SYNTHETIC | Opcodes.ACC_SUPER;
        writer.visit(Opcodes.V17, access, name, null, OBJECT, new String[] {made});
        writer.visitNestHost(nest);
    }

    byte[] bytes() {
        for (int i = 0; i < captured.length; i++) {
            writer.visitField(
                    Opcodes.ACC_PRIVATE | Opcodes.ACC_FINAL, VALUE + i, captured[i].getDescriptor(), null, null);
        }
        constructor();
        if (captured.length == 0) {
            instance();
        } else {
            factory();
        }
        method();
        writer.visitEnd();
        return writer.toByteArray();
    }

    private void constructor() {
        MethodVisitor code = begin(Opcodes.ACC_PRIVATE, CONSTRUCTOR, constructor);
        code.visitVarInsn(Opcodes.ALOAD, 0);
        code.visitMethodInsn(Opcodes.INVOKESPECIAL, OBJECT, CONSTRUCTOR, "()V", false);
        int local = 1;
        for (int i = 0; i < captured.length; i++) {
            code.visitVarInsn(Opcodes.ALOAD, 0);
            code.visitVarInsn(captured[i].getOpcode(Opcodes.ILOAD), local);
            code.visitFieldInsn(Opcodes.PUTFIELD, name, VALUE + i, captured[i].getDescriptor());
            local += captured[i].getSize();
        }
        end(code, Opcodes.RETURN);
    }

    private void instance() {
        String type = site.made().getDescriptor();
        writer.visitField(Opcodes.ACC_STATIC | Opcodes.ACC_FINAL, INSTANCE, type, null, null);
        MethodVisitor code = begin(Opcodes.ACC_STATIC, "<clinit>", "()V");
        code.visitTypeInsn(Opcodes.NEW, name);
        code.visitInsn(Opcodes.DUP);
        code.visitMethodInsn(Opcodes.INVOKESPECIAL, name, CONSTRUCTOR, constructor, false);
        code.visitFieldInsn(Opcodes.PUTSTATIC, name, INSTANCE, type);
        end(code, Opcodes.RETURN);
    }

    private void factory() {
        MethodVisitor code = begin(Opcodes.ACC_STATIC, FACTORY, site.factory());
        code.visitTypeInsn(Opcodes.NEW, name);
        code.visitInsn(Opcodes.DUP);
        int local = 0;
        for (Type value : captured) {
            code.visitVarInsn(value.getOpcode(Opcodes.ILOAD), local);
            local += value.getSize();
        }
        code.visitMethodInsn(Opcodes.INVOKESPECIAL, name, CONSTRUCTOR, constructor, false);
        end(code, Opcodes.ARETURN);
    }

    private void method() {
        MethodVisitor code = begin(Opcodes.ACC_PUBLIC, site.sam(), site.erased().getDescriptor());
        String owner = site.called().getOwner();
        if (site.isConstructor()) {
            code.visitTypeInsn(Opcodes.NEW, owner);
            code.visitInsn(Opcodes.DUP);
        }
        for (int i = 0; i < captured.length; i++) {
            code.visitVarInsn(Opcodes.ALOAD, 0);
            code.visitFieldInsn(Opcodes.GETFIELD, name, VALUE + i, captured[i].getDescriptor());
        }
        arguments(code);
        code.visitMethodInsn(
                site.instruction(),
                owner,
                site.called().getName(),
                site.called().getDesc(),
                site.called().isInterface());
        result(code);
    }

    private void arguments(MethodVisitor code) {
        Type[] wanted = site.wanted();
        Type[] erased = site.erased().getArgumentTypes();
        Type[] exact = site.exact().getArgumentTypes();
        int local = 1;
        for (int i = 0; i < erased.length; i++) {
            code.visitVarInsn(erased[i].getOpcode(Opcodes.ILOAD), local);
            local += erased[i].getSize();
            Conversion.write(code, erased[i], exact[i]);
            Conversion.write(code, exact[i], wanted[captured.length + i]);
        }
    }

    private void result(MethodVisitor code) {
        Type given = site.given();
        Type erased = site.erased().getReturnType();
        if (erased.equals(Type.VOID_TYPE)) {
            if (given.getSize() > 0) {
                code.visitInsn(given.getSize() == 1 ? Opcodes.POP : Opcodes.POP2);
            }
            end(code, Opcodes.RETURN);
            return;
        }
        Type exact = site.exact().getReturnType();
        Conversion.write(code, given, exact);
        Conversion.write(code, exact, erased);
        end(code, erased.getOpcode(Opcodes.IRETURN));
    }

    private MethodVisitor begin(int access, String method, String descriptor) {
        MethodVisitor code = writer.visitMethod(access, method, descriptor, null, null);
        code.visitCode();
        return code;
    }

    private static void end(MethodVisitor code, int instruction) {
        code.visitInsn(instruction);
        code.visitMaxs(0, 0); // Computed.
        code.visitEnd();
    }
}
