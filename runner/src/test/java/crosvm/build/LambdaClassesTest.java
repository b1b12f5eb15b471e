package crosvm.build;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.Handle;
import org.objectweb.asm.MethodVisitor;

class LambdaClassesTest {
    @TempDir
    private Path folder;

    private Path jar = Path.of("");

    @BeforeEach
    void jarOfLambdas() throws Exception {
        jar = folder.resolve("lambdas.jar");
        Path classes = Path.of(Lambdas.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .toURI())
                .resolve("crosvm/build");
        List<JarFolder.Entry> entries = new ArrayList<>();
        entries.add(new JarFolder.Entry("crosvm/build/", new byte[0]));
        try (Stream<Path> files = Files.list(classes)) {
            for (Path file : files.sorted().toList()) {
                if (file.getFileName().toString().startsWith("Lambdas")) {
                    entries.add(new JarFolder.Entry("crosvm/build/" + file.getFileName(), Files.readAllBytes(file)));
                }
            }
        }
        JarFolder.write(jar, entries);
    }

    /** The classes' own words, as a loader that knows nothing else has them. */
    private List<String> said() throws Exception {
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {jar.toUri().toURL()}, ClassLoader.getPlatformClassLoader())) {
            Object lambdas = loader.loadClass(Lambdas.class.getName())
                    .getDeclaredConstructor()
                    .newInstance();
            return ((Supplier<?>) lambdas).get() instanceof List<?> list
                    ? list.stream().map(String::valueOf).toList()
                    : List.of();
        }
    }

    /** How much a jar has linked at run time, by what links it. */
    static List<String> linkedAtRunTime(Path jar) throws IOException {
        List<String> found = new ArrayList<>();
        for (JarFolder.Entry entry : JarFolder.read(jar)) {
            if (entry.name().endsWith(".class")) {
                new ClassReader(entry.bytes()).accept(finder(found), 0);
            }
        }
        return found;
    }

    private static ClassVisitor finder(List<String> found) {
        return new ClassVisitor(LambdaHost.API) {
            @Override
            public MethodVisitor visitMethod(int access, String name, String type, String generic, String[] thrown) {
                return new MethodVisitor(LambdaHost.API) {
                    @Override
                    public void visitInvokeDynamicInsn(String sam, String factory, Handle maker, Object... arguments) {
                        found.add(maker.getName());
                    }
                };
            }
        };
    }

    @Test
    void doWhatTheLambdasDid() throws Exception {
        assertThat(linkedAtRunTime(jar)).filteredOn("metafactory"::equals).hasSizeGreaterThan(40);
        List<String> before = said();
        ProgramJars.convert(jar);
        assertThat(linkedAtRunTime(jar)).containsOnly("altMetafactory");
        assertThat(said())
                .isEqualTo(before)
                .contains("own", "that of the class above", "the same true", "1 parts", "thrown as it is")
                .hasSizeGreaterThan(20);
    }

    @Test
    void areInTheirHostsNest() throws Exception {
        ProgramJars.convert(jar);
        List<JarFolder.Entry> entries = JarFolder.read(jar);
        assertThat(entries.get(0).name()).isEqualTo("crosvm/build/");
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {jar.toUri().toURL()}, ClassLoader.getPlatformClassLoader())) {
            for (JarFolder.Entry entry : entries) {
                if (entry.name().contains("$Inner$$Closure")) {
                    String name = entry.name().replace('/', '.').replace(".class", "");
                    assertThat(loader.loadClass(name).getNestHost().getName()).isEqualTo(Lambdas.class.getName());
                }
            }
        }
        assertThat(entries).extracting(JarFolder.Entry::name).anyMatch(name -> name.contains("$Inner$$Closure"));
    }

    @Test
    void areTheSameEachTimeAndMadeOnce() throws Exception {
        Path other = Files.copy(jar, folder.resolve("other.jar"));
        ProgramJars.convert(jar);
        ProgramJars.convert(other);
        byte[] once = Files.readAllBytes(jar);
        assertThat(other).hasBinaryContent(once);
        ProgramJars.convert(jar);
        assertThat(jar).hasBinaryContent(once);
    }
}
