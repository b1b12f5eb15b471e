package crosvm.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class PreludeTest {
    private static final Pattern INITIALISED = Pattern.compile("Initializing '(crosvm/[^']*)'");

    /**
     * The other thread initialises classes at the same time. A class of ours that needed more than libraries could need one that waits
     * for it: before another is added here, find out what its initialiser and its superclasses' reach.
     */
    @Test
    void initialisesNoClassThatNeedsMoreThanLibraries() throws Exception {
        assertThat(initialised())
                .isEqualTo(Set.of(
                        "crosvm/runner/cli/PreludeTest",
                        "crosvm/runner/cli/Prelude",
                        "crosvm/schema/yaml/Comments",
                        "crosvm/schema/yaml/Settings",
                        "crosvm/vmm/linux/NativeBuffer",
                        "crosvm/vmm/linux/jna/LibC",
                        "crosvm/vmm/linux/jna/Binding"));
    }

    @Test
    void tellsWhyAClassCouldNotBeLoadedAndNotThatItIsMissing() {
        Error cause = new UnsatisfiedLinkError("libjnidispatch.so");
        NoClassDefFoundError later = new NoClassDefFoundError("LibC");
        Exception other = new IllegalStateException();
        Prelude prelude = new Prelude();
        assertThat(prelude.originOf(later)).isSameAs(later);
        prelude.attempt(() -> {
            throw cause;
        });
        assertThat(prelude.originOf(later)).isSameAs(cause);
        assertThat(prelude.originOf(other)).isSameAs(other);
    }

    private static Set<String> initialised() throws IOException, InterruptedException {
        Process process = new ProcessBuilder(List.of(
                        System.getProperty("java.home") + "/bin/java",
                        "-Xlog:disable",
                        "-Xlog:class+init=info:stdout",
                        "-cp",
                        System.getProperty("java.class.path"),
                        PreludeTest.class.getName()))
                .redirectErrorStream(true)
                .start();
        process.getOutputStream().close();
        String log = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(log).isZero();
        Set<String> classes = new TreeSet<>();
        Matcher matcher = INITIALISED.matcher(log);
        while (matcher.find()) {
            classes.add(matcher.group(1));
        }
        return classes;
    }

    /** In a JVM of its own. */
    public static void main(String[] arguments) {
        Prelude.load();
    }
}
