package crosvm.seccomp.install;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.seccomp.filter.SeccompData;
import crosvm.seccomp.filter.Witness;
import crosvm.seccomp.policy.Policy;
import crosvm.seccomp.policy.PolicySource;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every rule of every policy, both ways, decided by the running kernel in a real process (see {@link DecidingMain}). */
class KernelAgreesJailIT {

    /** The bound thread cannot stop for a safepoint, so there must be none: no compiler, no collection, no housekeeping. */
    private static final List<String> NO_SAFEPOINTS = List.of(
            "-Xint",
            "-Xms200m",
            "-Xmx200m",
            "-Xmn150m",
            "-XX:+UnlockDiagnosticVMOptions",
            "-XX:GuaranteedSafepointInterval=0");

    @TempDir
    Path folder;

    @ParameterizedTest
    @MethodSource("crosvm.seccomp.filter.BundledPoliciesTest#names")
    void theKernelDecidesEveryRuleBothWaysAsTheInterpreterDoes(String name) throws Exception {
        Process process = new ProcessBuilder(ConfinedProcess.command(
                        Path.of(System.getProperty("java.home")), folder, NO_SAFEPOINTS, DecidingMain.class, name))
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        assertThat(process.waitFor()).as(output).isZero();
        List<String> answers = output.lines().toList();
        List<Witness> witnesses = Witness.of(Policy.load(PolicySource.bundled(), name));
        assertThat(answers).hasSameSizeAs(witnesses);
        for (int i = 0; i < answers.size(); i++) {
            Witness witness = witnesses.get(i);
            SeccompData data = witness.data();
            assertThat(Integer.parseInt(answers.get(i)))
                    .as("%s under %s", data, witness.rule())
                    .isEqualTo(DecidingMain.errnoFor(witness.expected()));
        }
    }
}
