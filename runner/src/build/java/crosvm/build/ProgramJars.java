package crosvm.build;

import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The build's last touch to the jars of the program: what Java would make at run time is made now. */
public final class ProgramJars {
    /** Those that a machine's start runs code of. */
    private static final List<String> WITH_LAMBDAS = List.of(
            "crosvm-runner.jar",
            "crosvm-schema.jar",
            "crosvm-seccomp.jar",
            "crosvm-vmm.jar",
            "jna.jar",
            "picocli.jar",
            "snakeyaml-engine.jar");

    private static final String JNA = "jna.jar";

    /** For whoever looks into a jar that is not ours: its licence wants changes to be told. */
    static final String NOTE = "META-INF/CHANGED-BY-CROSVM";

    private static final String CHANGES =
            "crosvm's build has changed this jar: lambdas are classes%s. The sources are runner/src/build.%n";

    private ProgramJars() {}

    /**
     * Rewrites jars in place.
     *
     * @param arguments the folder that they are in
     * @throws IOException when one cannot be read or written
     */
    public static void main(String[] arguments) throws IOException {
        for (String name : WITH_LAMBDAS) {
            convert(Path.of(arguments[0]).resolve(name));
        }
    }

    /** Rewrites one in place, once. */
    static void convert(Path jar) throws IOException {
        List<JarFolder.Entry> entries = JarFolder.read(jar);
        if (entries.stream().anyMatch(entry -> entry.name().equals(NOTE))) {
            return;
        }
        boolean isJna = jar.endsWith(JNA);
        List<JarFolder.Entry> changed = new ArrayList<>(LambdaClasses.in(isJna ? JnaClasses.in(entries) : entries));
        String note =
                String.format(CHANGES, isJna ? ", nothing is logged, and ffi_type is read without reflection" : "");
        changed.add(new JarFolder.Entry(NOTE, note.getBytes(StandardCharsets.UTF_8)));
        JarFolder.write(jar, changed);
    }

    /** The bytes of a class that this program itself is made of, not of one of that name elsewhere. */
    static byte[] own(String name) throws IOException {
        URL place = ProgramJars.class.getProtectionDomain().getCodeSource().getLocation();
        return Files.readAllBytes(Path.of(URI.create(place.toString())).resolve(name + ".class"));
    }
}
