package crosvm.build;

import java.util.LinkedHashMap;
import java.util.Map;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Handle;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/** Rewrites one class: where it had a lambda made, it now takes an object of a class that is made here. */
final class LambdaHost extends ClassVisitor {
    /** The version of ASM's visitors. */
    static final int API = Opcodes.ASM9;

    private final String name;
    private final String nest;
    private final Map<LambdaSite, String> names = new LinkedHashMap<>();
    private final Map<String, byte[]> made = new LinkedHashMap<>();

    /**
     * @param rewritten receives the class
     * @param name its internal name
     * @param nest that of its nest's host
     */
    LambdaHost(ClassWriter rewritten, String name, String nest) {
        super(API, rewritten);
        this.name = name;
        this.nest = nest;
    }

    String nest() {
        return nest;
    }

    /** The classes that were made, by their internal names, in the order of the code. */
    Map<String, byte[]> made() {
        return made;
    }

    @Override
    public void visit(int version, int access, String own, String signature, String superclass, String[] interfaces) {
        super.visit(Math.max(version, Opcodes.V11), access, own, signature, superclass, interfaces);
    }

    /** The class for a lambda; the same for two that do the same with the same. */
    private String classOf(LambdaSite site) {
        String known = names.get(site);
        if (known != null) {
            return known;
        }
        String fresh = name + "$$Closure" + names.size();
        names.put(site, fresh);
        made.put(fresh, new LambdaClass(fresh, nest, site).bytes());
        return fresh;
    }

    @Override
    public MethodVisitor visitMethod(
            int access, String method, String descriptor, String signature, String[] exceptions) {
        return new MethodVisitor(API, super.visitMethod(access, method, descriptor, signature, exceptions)) {
            @Override
            public void visitInvokeDynamicInsn(String sam, String factory, Handle bootstrap, Object... arguments) {
                LambdaSite site = LambdaSite.of(sam, factory, bootstrap, arguments);
                if (site == null) {
                    super.visitInvokeDynamicInsn(sam, factory, bootstrap, arguments);
                } else if (site.captured().length == 0) {
                    String type = Type.getReturnType(factory).getDescriptor();
                    super.visitFieldInsn(Opcodes.GETSTATIC, classOf(site), LambdaClass.INSTANCE, type);
                } else {
                    super.visitMethodInsn(Opcodes.INVOKESTATIC, classOf(site), LambdaClass.FACTORY, factory, false);
                }
            }
        };
    }
}
