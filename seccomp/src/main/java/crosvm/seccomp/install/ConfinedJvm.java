package crosvm.seccomp.install;

import java.util.ArrayList;
import java.util.List;

/**
 * The options {@code common_jvm.policy} was measured with. A JVM started otherwise makes other system calls (a second
 * collector's threads, an agent socket, files under /tmp) and dies in the jail.
 */
public final class ConfinedJvm {

    private ConfinedJvm() {}

    /**
     * Options for a process that is going to confine itself.
     *
     * @param feature the JDK's feature release, 17 or later
     * @param heapMebibytes the whole heap, fixed; at least 4
     */
    public static List<String> options(int feature, int heapMebibytes) {
        List<String> options = new ArrayList<>(List.of(
                // One collector thread, no worker threads that come and go.
                "-XX:+UseSerialGC",
                "-Xms" + heapMebibytes + "m",
                "-Xmx" + heapMebibytes + "m",
                "-Xss512k",
                // C1 only, all compiler threads from the start, and the code cache committed whole: after that nothing
                // needs
                // PROT_EXEC any more.
                "-XX:TieredStopAtLevel=1",
                // What is used a few times while a process gets warm is not worth compiling; what serves a guest soon
                // is.
                "-XX:CompileThresholdScaling=5",
                "-XX:-UseDynamicNumberOfCompilerThreads",
                "-XX:InitialCodeCacheSize=8m",
                "-XX:ReservedCodeCacheSize=8m",
                "-XX:MaxMetaspaceSize=32m",
                // No periodic wake-ups of its own in a device that idles.
                "-XX:+UnlockDiagnosticVMOptions",
                "-XX:AsyncDeflationInterval=60000",
                "-XX:GuaranteedSafepointInterval=0",
                // Before 18, reflection that is used 15 times makes a class of its own, which no archive holds.
                "-Dsun.reflect.inflationThreshold=2147483647",
                // No /tmp/hsperfdata file, no attach socket, no thread started by SIGQUIT.
                "-XX:-UsePerfData",
                "-XX:+DisableAttachMechanism",
                // JDK 17 reopens the cgroup files now and then.
                "-XX:-UseContainerSupport",
                // A crash report needs files; it goes to the standard output instead.
                "-XX:-CreateCoredumpOnCrash",
                "-XX:+ErrorFileToStdout"));
        if (feature > 25) {
            // A JVM that is not known yet may lack what only makes it lighter.
            options.add(0, "-XX:+IgnoreUnrecognizedVMOptions");
        }
        if (feature >= 24) {
            options.add("--enable-native-access=ALL-UNNAMED");
            options.add("--sun-misc-unsafe-memory-access=allow");
        }
        return options;
    }
}
