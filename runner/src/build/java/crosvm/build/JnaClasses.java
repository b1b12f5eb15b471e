package crosvm.build;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.FieldVisitor;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.commons.ClassRemapper;
import org.objectweb.asm.commons.SimpleRemapper;

/**
 * JNA without what makes it slow to start and serves nobody here, half of a device process's own start: java.util.logging, a SecurityManager,
 * and reflection on the one structure that every binding needs. What takes their place is in {@code com.sun.jna} beside this.
 */
final class JnaClasses {
    private static final String ROOM = "com/sun/jna/";
    private static final String STRUCTURE = ROOM + "Structure";
    private static final String FFI_TYPE = ROOM + "Structure$FFIType";
    private static final String BY_NAME = ROOM + "FfiTypeByName";
    private static final String SUFFIX = ".class";

    /** Private methods that go through fields by reflection. */
    private static final List<String> BY_REFLECTION =
            List.of("setFieldValue(Ljava/lang/reflect/Field;Ljava/lang/Object;Z)V", "initializeFields()V");

    private static final List<String> ADDED = List.of(ROOM + "NoLog", ROOM + "NoLog$Level");
    private static final String REPLACED = ROOM + "SecurityManagerExposer";

    private static final Map<String, String> NAMES = Map.of(
            "java/util/logging/Logger", ROOM + "NoLog",
            "java/util/logging/Level", ROOM + "NoLog$Level");

    private JnaClasses() {}

    /**
     * The files of its jar, changed.
     *
     * @throws IllegalStateException when it is another JNA, in which there is something else to change
     */
    static List<JarFolder.Entry> in(List<JarFolder.Entry> jar) throws IOException {
        List<JarFolder.Entry> changed = new ArrayList<>();
        for (JarFolder.Entry entry : jar) {
            String name = entry.name();
            boolean isClass = name.startsWith(ROOM) && name.endsWith(SUFFIX);
            changed.add(isClass ? entry.with(changed(name.replace(SUFFIX, ""), entry.bytes())) : entry);
        }
        Set<String> known = new HashSet<>();
        for (String name : ADDED) {
            byte[] bytes = ProgramJars.own(name);
            changed.add(new JarFolder.Entry(name + SUFFIX, bytes));
            new ClassReader(bytes).accept(new Members(name, known), 0);
        }
        Set<String> used = new TreeSet<>();
        for (JarFolder.Entry entry : changed) {
            if (entry.name().startsWith(ROOM) && entry.name().endsWith(SUFFIX)) {
                new ClassReader(entry.bytes()).accept(new Uses(used), 0);
            }
        }
        used.removeAll(known);
        if (!used.isEmpty()) {
            throw new IllegalStateException("another JNA, which needs of its log what there is not: " + used);
        }
        return changed;
    }

    private static byte[] changed(String name, byte[] bytes) throws IOException {
        if (name.equals(REPLACED)) {
            return ProgramJars.own(name);
        }
        ClassReader reader = new ClassReader(bytes);
        ClassWriter writer = new ClassWriter(0);
        ClassVisitor out = name.equals(FFI_TYPE) ? new WithMethods(writer) : writer;
        out = new ClassRemapper(out, new SimpleRemapper(LambdaHost.API, NAMES));
        Opening open = name.equals(STRUCTURE) ? new Opening(out) : null;
        reader.accept(open == null ? out : open, 0);
        if (open != null && !(open.opened.containsAll(BY_REFLECTION) && open.called.containsAll(BY_REFLECTION))) {
            throw new IllegalStateException(name + ": another JNA, which lacks one of " + BY_REFLECTION);
        }
        return writer.toByteArray();
    }

    /** Makes private methods ones that a subclass can replace. */
    private static final class Opening extends ClassVisitor {
        private final Set<String> opened = new HashSet<>();
        private final Set<String> called = new HashSet<>();

        Opening(ClassVisitor out) {
            super(LambdaHost.API, out);
        }

        @Override
        public MethodVisitor visitMethod(int access, String name, String type, String generic, String[] thrown) {
            boolean opens = BY_REFLECTION.contains(name + type) && opened.add(name + type);
            int now = opens ? access & ~Opcodes.ACC_PRIVATE : access;
            return new MethodVisitor(LambdaHost.API, super.visitMethod(now, name, type, generic, thrown)) {
                @Override
                public void visitMethodInsn(int code, String owner, String method, String with, boolean isInterface) {
                    boolean calls = owner.equals(STRUCTURE) && BY_REFLECTION.contains(method + with);
                    if (calls) {
                        called.add(method + with);
                    }
                    super.visitMethodInsn(calls ? Opcodes.INVOKEVIRTUAL : code, owner, method, with, isInterface);
                }
            };
        }
    }

    /** Writes down what a class has. */
    private static final class Members extends ClassVisitor {
        private final String owner;
        private final Set<String> members;

        Members(String owner, Set<String> members) {
            super(LambdaHost.API);
            this.owner = owner;
            this.members = members;
        }

        @Override
        public FieldVisitor visitField(int access, String name, String type, String generic, Object value) {
            members.add(owner + "." + name + type);
            return null;
        }

        @Override
        public MethodVisitor visitMethod(int access, String name, String type, String generic, String[] thrown) {
            members.add(owner + "." + name + type);
            return null;
        }
    }

    /** Writes down what a class needs of those that are added. */
    private static final class Uses extends ClassVisitor {
        private final Set<String> uses;

        Uses(Set<String> uses) {
            super(LambdaHost.API);
            this.uses = uses;
        }

        @Override
        public MethodVisitor visitMethod(int access, String name, String type, String generic, String[] thrown) {
            return new MethodVisitor(LambdaHost.API) {
                @Override
                public void visitFieldInsn(int code, String owner, String field, String of) {
                    use(owner, field + of);
                }

                @Override
                public void visitMethodInsn(int code, String owner, String method, String of, boolean isInterface) {
                    use(owner, method + of);
                }
            };
        }

        private void use(String owner, String member) {
            if (ADDED.contains(owner)) {
                uses.add(owner + "." + member);
            }
        }
    }

    /** Adds the methods that know the structure's fields by name. */
    private static final class WithMethods extends ClassVisitor {
        WithMethods(ClassVisitor out) {
            super(LambdaHost.API, out);
        }

        @Override
        public void visitEnd() {
            ClassReader methods;
            try {
                methods = new ClassReader(ProgramJars.own(BY_NAME));
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
            ClassVisitor adder = new ClassVisitor(LambdaHost.API) {
                @Override
                public MethodVisitor visitMethod(
                        int access, String name, String type, String generic, String[] thrown) {
                    return name.equals("<init>")
                            ? null
                            : WithMethods.this.visitMethod(access, name, type, generic, thrown);
                }
            };
            methods.accept(new ClassRemapper(adder, new SimpleRemapper(LambdaHost.API, Map.of(BY_NAME, FFI_TYPE))), 0);
            super.visitEnd();
        }
    }
}
