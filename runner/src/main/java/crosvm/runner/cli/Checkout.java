package crosvm.runner.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The source tree that a program which was built but not installed stands in ({@code runner/target/crosvm}): its lab,
 * {@code .ci/lab/run}, runs a command where there is a KVM. Immutable.
 *
 * @param lab the lab's program
 * @param launcher the program's own
 */
record Checkout(Path lab, Path launcher) {
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_@%+=:,./-]+");

    /** The tree around the folder that holds the program's jars, or null where the program is installed. */
    static @Nullable Checkout around(Path jars) {
        Path program = jars.toAbsolutePath().normalize().getParent();
        if (program == null) {
            return null;
        }
        Path lab = program.resolve("../../../.ci/lab/run").normalize();
        return Files.isExecutable(lab) ? new Checkout(lab, program.resolve("bin/crosvm")) : null;
    }

    /** The tree around this program. */
    static @Nullable Checkout ofThisProgram() {
        Path jars = Path.of(System.getProperty("java.class.path", "").split(":", 2)[0])
                .getParent();
        return jars == null ? null : around(jars);
    }

    /** The line that runs a command of this program's in the lab, for a shell in the folder {@code here}. */
    String inLab(List<String> arguments, Path here) {
        return shortest(lab, here) + " " + shortest(launcher, here) + " "
                + arguments.stream().map(Checkout::quoted).collect(Collectors.joining(" "));
    }

    private static String shortest(Path path, Path here) {
        return quoted((path.startsWith(here) ? here.relativize(path) : path).toString());
    }

    private static String quoted(String word) {
        return PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
    }
}
