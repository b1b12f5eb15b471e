package crosvm.vmm.boot.hello;

import crosvm.schema.model.BuiltinKernel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Writes the source of {@code HelloImages}, which has the images that {@link HelloGuest#compile} makes as texts of a character a byte. A
 * step of the build: nothing in it is for the program that runs.
 */
final class HelloImageWriter {
    private HelloImageWriter() {}

    /** Writes the file into a folder of sources, which is the one argument. */
    public static void main(String[] arguments) throws IOException {
        Path folder = Files.createDirectories(Path.of(arguments[0], "crosvm", "vmm", "boot", "hello"));
        StringBuilder cases = new StringBuilder();
        for (BuiltinKernel kernel : BuiltinKernel.values()) {
            cases.append("case \"" + kernel.name() + "\": return \"" + literal(HelloGuest.compile(kernel)) + "\";\n");
        }
        Files.writeString(folder.resolve("HelloImages.java"), """
                package crosvm.vmm.boot.hello;
                final class HelloImages implements java.util.function.UnaryOperator<String> {
                    public String apply(String kernel) { switch (kernel) {
                %s    default: throw new IllegalArgumentException(kernel); } }
                }
                """.formatted(cases));
    }

    private static String literal(byte[] image) {
        StringBuilder text = new StringBuilder();
        for (byte one : image) {
            text.append(String.format("\\%03o", one & 0xff));
        }
        return text.toString();
    }
}
