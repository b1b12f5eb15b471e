package crosvm.build;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Opcodes;

/**
 * Makes an ordinary class of each lambda and method reference in a jar, as compilers did before {@code invokedynamic} had one made at run
 * time (JVMS §6.5, {@code java.lang.invoke.LambdaMetafactory}). A class of the class archive is loaded in a fraction of the time in
 * which Java 17 links a lambda, of which a machine's start has some 300. The class is a nest mate of the one it comes from (JVMS §4.7.28),
 * so that it may call what that one may. The same jar always gives the same bytes.
 */
final class LambdaClasses {
    /** The oldest class files with lambdas; such a class becomes one of Java 11, from which on there are nests. */
    private static final int LAMBDAS = Opcodes.V1_8;

    private static final int VERSION_OFFSET = 6;
    private static final String SUFFIX = ".class";

    /** What is in the jar, in its order. */
    private final Map<String, JarFolder.Entry> entries = new LinkedHashMap<>();
    /** The classes made, by the host of their nest. */
    private final Map<String, List<String>> members = new LinkedHashMap<>();

    private LambdaClasses() {}

    /** The files of a jar with classes in place of lambdas. */
    static Collection<JarFolder.Entry> in(List<JarFolder.Entry> jar) {
        LambdaClasses classes = new LambdaClasses();
        jar.forEach(classes::take);
        classes.members.forEach(classes::addMembers);
        return classes.entries.values();
    }

    private void take(JarFolder.Entry entry) {
        ClassReader reader = entry.name().endsWith(SUFFIX) ? new ClassReader(entry.bytes()) : null;
        if (reader == null || reader.readUnsignedShort(VERSION_OFFSET) < LAMBDAS) {
            entries.put(entry.name(), entry);
            return;
        }
        ClassWriter rewritten = new ClassWriter(reader, 0);
        LambdaHost host = new LambdaHost(rewritten, reader.getClassName(), nestOf(reader));
        reader.accept(host, 0);
        if (host.made().isEmpty()) {
            entries.put(entry.name(), entry);
            return;
        }
        entries.put(entry.name(), entry.with(rewritten.toByteArray()));
        host.made().forEach((name, bytes) -> {
            entries.put(name + SUFFIX, new JarFolder.Entry(name + SUFFIX, bytes));
            members.computeIfAbsent(host.nest(), nest -> new ArrayList<>()).add(name);
        });
    }

    private static String nestOf(ClassReader reader) {
        String[] nest = {reader.getClassName()};
        reader.accept(
                new ClassVisitor(LambdaHost.API) {
                    @Override
                    public void visitNestHost(String host) {
                        nest[0] = host;
                    }
                },
                ClassReader.SKIP_CODE);
        return nest[0];
    }

    /** A nest has those members alone that its host names (JVMS §4.7.29). */
    private void addMembers(String nest, List<String> names) {
        JarFolder.Entry entry = entries.get(nest + SUFFIX);
        if (entry == null) {
            throw new IllegalStateException(nest + ": not in the jar, but classes of its nest are");
        }
        ClassReader reader = new ClassReader(entry.bytes());
        ClassWriter writer = new ClassWriter(reader, 0);
        reader.accept(
                new ClassVisitor(LambdaHost.API, writer) {
                    @Override
                    public void visitEnd() {
                        names.forEach(this::visitNestMember);
                        super.visitEnd();
                    }
                },
                0);
        entries.put(entry.name(), entry.with(writer.toByteArray()));
    }
}
