package crosvm.seccomp.install;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.seccomp.policy.Action;
import crosvm.seccomp.policy.SyscallTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A JVM behind {@code common_jvm.policy}, every other call a kill, on each JDK of this machine. */
class ConfinedJailIT {

    private static final String COMMON = "bundled:common_jvm.policy";
    private static final int ENOENT = 2;
    private static final int EPERM = 1;

    @TempDir
    static Path folder;

    static Stream<Path> jdks() {
        return ConfinedProcess.jdks();
    }

    private static ConfinedProcess confined(Path jdk, String policy) throws IOException {
        ConfinedProcess child = ConfinedProcess.start(jdk, folder, policy);
        child.awaitConfined();
        return child;
    }

    private static int number(String name) {
        return SyscallTable.byName(name).orElseThrow().number();
    }

    @ParameterizedTest
    @MethodSource("jdks")
    void bindsEveryThreadAndLivesOn(Path jdk) throws Exception {
        try (ConfinedProcess child = confined(jdk, COMMON)) {
            assertThat(child.statusOfThreads("Seccomp")).hasSizeGreaterThan(9).containsOnly("2");
            assertThat(child.statusOfThreads("NoNewPrivs")).containsOnly("1");
            assertThat(child.ask("exercise 4000 20")).startsWith("done ");
            assertThat(child.ask("late")).as("a class first needed now").isEqualTo("late but here");
            assertThat(child.call(number("gettid"))).isPositive();
            assertThat(child.call(number("openat"), -100, 0, 0)).isEqualTo(-ENOENT);
            assertThat(child.call(number("mremap"), 1))
                    .as("let through, and wrong")
                    .isEqualTo(-22);
            assertThat(child.exitStatus()).isZero();
        }
    }

    static Stream<Arguments> forbidden() {
        return jdks().flatMap(jdk -> Stream.of("execve", "socket", "ptrace", "kill", "mount", "clone", "memfd_create")
                .map(name -> Arguments.of(jdk, name)));
    }

    @ParameterizedTest
    @MethodSource("forbidden")
    void diesOfAForbiddenCall(Path jdk, String name) throws Exception {
        try (ConfinedProcess child = confined(jdk, COMMON)) {
            assertThat(child.ask("call " + number(name) + " 0 0 0 0 0 0")).isNull();
            assertThat(child.exitStatus()).isEqualTo(ConfinedProcess.KILLED_BY_SIGSYS);
        }
    }

    @ParameterizedTest
    @MethodSource("jdks")
    void diesOfAForbiddenArgumentOfAnAllowedCall(Path jdk) throws Exception {
        int mmap = number("mmap");
        int privateAnonymous = 0x22;
        try (ConfinedProcess child = confined(jdk, COMMON)) {
            assertThat(child.call(mmap, 0, 4096, 3, privateAnonymous, -1, 0)).isPositive();
            assertThat(child.ask("call " + mmap + " 0 4096 7 " + privateAnonymous + " -1 0"))
                    .isNull();
            assertThat(child.exitStatus()).isEqualTo(ConfinedProcess.KILLED_BY_SIGSYS);
        }
    }

    @ParameterizedTest
    @MethodSource("jdks")
    void diesRatherThanStartAThread(Path jdk) throws Exception {
        try (ConfinedProcess child = confined(jdk, COMMON)) {
            assertThat(child.ask("thread")).isNull();
            assertThat(child.exitStatus()).isEqualTo(ConfinedProcess.KILLED_BY_SIGSYS);
        }
    }

    @ParameterizedTest
    @MethodSource("jdks")
    void goesOnAfterStopAndContinue(Path jdk) throws Exception {
        try (ConfinedProcess child = confined(jdk, COMMON)) {
            for (int i = 0; i < 5; i++) {
                signal("STOP", child.pid());
                Thread.sleep(120);
                signal("CONT", child.pid());
                assertThat(child.ask("exercise 100 20")).startsWith("done ");
            }
            assertThat(child.exitStatus()).isZero();
        }
    }

    @ParameterizedTest
    @MethodSource("jdks")
    void reportsACrashInsteadOfDyingOfTheReport(Path jdk) throws Exception {
        try (ConfinedProcess child = confined(jdk, COMMON)) {
            signal("SEGV", child.pid());
            StringBuilder report = new StringBuilder();
            for (String line = child.readLine(); line != null; line = child.readLine()) {
                report.append(line).append('\n');
            }
            assertThat(report).contains("SIGSEGV", "END.");
            assertThat(child.exitStatus()).isEqualTo(1);
        }
    }

    @Test
    void failsACallWithTheErrnoThePolicyNames() throws Exception {
        Path policy = folder.resolve("errno.policy");
        Files.writeString(
                policy,
                Files.readString(Path.of("x86_64/common_jvm.policy")) + "\nsocket: arg0 == AF_UNIX; return EPERM\n");
        try (ConfinedProcess child = confined(jdks().findFirst().orElseThrow(), policy.toString())) {
            assertThat(child.call(number("socket"), 2, 1, 0)).isEqualTo(-EPERM);
            assertThat(child.call(number("socket"), 1, 1, 0)).isPositive();
            assertThat(child.exitStatus()).isZero();
        }
    }

    @Test
    void findsWhatTheKernelCan() {
        SeccompSupport support = SeccompSupport.probe();
        assertThat(support.filters()).isTrue();
        assertThat(support.actions())
                .contains(Action.Kind.KILL_PROCESS, Action.Kind.ERRNO, Action.Kind.LOG, Action.Kind.ALLOW);
        assertThat(support.flags()).containsExactlyInAnyOrder(SeccompSupport.Flag.TSYNC, SeccompSupport.Flag.LOG);
    }

    private static void signal(String name, long pid) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder("kill", "-" + name, Long.toString(pid))
                        .inheritIO()
                        .start()
                        .waitFor())
                .isZero();
    }
}
