package crosvm.seccomp.filter;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.seccomp.policy.Action;
import crosvm.seccomp.policy.Policy;
import crosvm.seccomp.policy.PolicySource;
import crosvm.seccomp.policy.SyscallTable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every policy in {@code seccomp/x86_64}, rule by rule, both ways, without a kernel. */
public class BundledPoliciesTest {

    /** The names of all shipped policies. */
    public static Stream<String> names() {
        try (Stream<Path> files = Files.list(Path.of("x86_64"))) {
            return files
                    .map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".policy"))
                    .sorted()
                    .toList()
                    .stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Stream<String> devices() {
        return names().filter(name -> name.endsWith("_device.policy"));
    }

    private static Policy load(String name) {
        return Policy.load(PolicySource.bundled(), name);
    }

    @Test
    void areAllHere() {
        assertThat(names())
                .contains("common_jvm.policy", "vhost_user.policy", "block_device.policy", "net_device.policy")
                .contains("rng_device.policy", "balloon_device.policy", "vhost_vsock_device.policy");
    }

    @ParameterizedTest
    @MethodSource("names")
    void everyRuleDecidesBothWaysAsWritten(String name) {
        Policy policy = load(name);
        BpfProgram program = FilterCompiler.compile(policy);
        List<Witness> witnesses = Witness.of(policy);
        policy.rules().forEach(rule -> {
            assertThat(witnesses)
                    .as("a call that meets %s", rule)
                    .anyMatch(witness ->
                            witness.rule() == rule && witness.expected().equals(rule.action()));
            if (rule.isConditional()) {
                assertThat(witnesses)
                        .as("a call that fails %s", rule)
                        .anyMatch(witness ->
                                witness.rule() == rule && !witness.expected().letsThrough());
            }
        });
        assertThat(witnesses)
                .allSatisfy(witness -> assertThat(BpfInterpreter.run(program, witness.data()))
                        .as("%s under %s", witness.data(), witness.rule())
                        .isEqualTo(witness.expected()));
        SyscallTable.all().stream()
                .filter(syscall -> policy.ruleFor(syscall.number()).isEmpty())
                .forEach(syscall -> assertThat(BpfInterpreter.run(program, SeccompData.of(syscall.number())))
                        .as(syscall.name())
                        .isEqualTo(Action.KILL_PROCESS));
    }

    @ParameterizedTest
    @MethodSource("names")
    void nothingIsRedundantAndEveryRuleHasAReason(String name) {
        Policy policy = load(name);
        assertThat(PolicyReview.redundancies(policy)).isEmpty();
        assertThat(policy.rules())
                .allSatisfy(rule -> assertThat(rule.reason())
                        .as("%s: the reason for %s", rule.mark(), rule)
                        .isNotBlank());
    }

    /** On a busy host a thread that was begun before the door closed runs its first steps after that. */
    @ParameterizedTest
    @MethodSource("devices")
    void aThreadMayNameItselfAndSetNothingElse(String name) {
        BpfProgram program = FilterCompiler.compile(load(name));
        int prctl = SyscallTable.byName("prctl").orElseThrow().number();
        for (int option = 0; option < 100; option++) {
            assertThat(BpfInterpreter.run(program, SeccompData.of(prctl, option))
                            .letsThrough())
                    .as("prctl %d", option)
                    .isEqualTo(option == 15);
        }
    }

    @ParameterizedTest
    @MethodSource("devices")
    void noDeviceMayOpenConnectExecuteOrMakeMemoryExecutable(String name) {
        BpfProgram program = FilterCompiler.compile(load(name));
        for (String call : List.of(
                "open",
                "openat2",
                "creat",
                "socket",
                "connect",
                "bind",
                "execve",
                "execveat",
                "fork",
                "vfork",
                "clone",
                "clone3",
                "ptrace",
                "kill",
                "tgkill",
                "mount",
                "umount2",
                "pivot_root",
                "chroot",
                "unshare",
                "setns",
                "bpf",
                "io_uring_setup",
                "memfd_create",
                "prctl",
                "seccomp",
                "process_vm_writev",
                "personality",
                "pkey_mprotect",
                "open_by_handle_at",
                "userfaultfd",
                "perf_event_open",
                "keyctl",
                "init_module",
                "ftruncate",
                "dup2")) {
            int number = SyscallTable.byName(call).orElseThrow().number();
            assertThat(BpfInterpreter.run(program, SeccompData.of(number)))
                    .as(call)
                    .isEqualTo(Action.KILL_PROCESS);
        }
        for (long protection : new long[] {4, 5, 6, 7, 0x1_0000_0004L}) {
            assertThat(BpfInterpreter.run(program, SeccompData.of(9, 0, 4096, protection))
                            .letsThrough())
                    .isFalse();
            assertThat(BpfInterpreter.run(program, SeccompData.of(10, 0, 4096, protection))
                            .letsThrough())
                    .isFalse();
        }
        assertThat(BpfInterpreter.run(program, SeccompData.of(257))).isEqualTo(Action.errno(2));
    }

    /** All calls of x86-64 that look a path up, but for those that refuse without looking. */
    private static final List<String> TAKE_PATHS = List.of(
            ("access acct chdir chmod chown chroot creat execve execveat faccessat faccessat2 fanotify_mark fchmodat fchmodat2"
                            + " fchownat fsconfig fspick futimesat getxattr inotify_add_watch lchown lgetxattr link linkat listxattr"
                            + " llistxattr lremovexattr lsetxattr lstat mkdir mkdirat mknod mknodat mount mount_setattr move_mount"
                            + " name_to_handle_at newfstatat open open_tree openat openat2 pivot_root quotactl readlink readlinkat"
                            + " removexattr rename renameat renameat2 rmdir setxattr stat statfs statx swapoff swapon symlink"
                            + " symlinkat truncate umount2 unlink unlinkat uselib utime utimensat utimes")
                    .split(" "));

    /** Of a program that is not ours: in an empty root, a path beside the descriptor finds nothing. */
    private static final String FSTAT_BY_GLIBC = "newfstatat: arg3 == AT_EMPTY_PATH";

    @ParameterizedTest
    @MethodSource("names")
    void noCallThatIsCarriedOutTakesAPath(String name) {
        Policy policy = load(name);
        assertThat(policy.rules())
                .filteredOn(rule -> TAKE_PATHS.contains(rule.syscall().name()))
                .filteredOn(rule -> !rule.toString().equals(FSTAT_BY_GLIBC))
                .allSatisfy(
                        rule -> assertThat(rule.action().kind()).as("%s", rule).isEqualTo(Action.Kind.ERRNO))
                .allSatisfy(
                        rule -> assertThat(rule.isConditional()).as("%s", rule).isFalse());
    }

    /** Policies that bind a program; the others are parts of these. */
    static Stream<String> programs() {
        return names().filter(name -> !name.equals("vhost_user.policy"));
    }

    /** vdso(7): where the host's clock source is not fit for it, as on emulated processors, the C library calls the kernel. */
    @ParameterizedTest
    @MethodSource("programs")
    void whatTheVdsoCannotAnswerMayBeAskedOfTheKernel(String name) {
        BpfProgram program = FilterCompiler.compile(load(name));
        for (String call : List.of("clock_gettime", "clock_getres", "gettimeofday", "time", "getcpu")) {
            int number = SyscallTable.byName(call).orElseThrow().number();
            assertThat(BpfInterpreter.run(program, SeccompData.of(number)))
                    .as(call)
                    .isEqualTo(Action.ALLOW);
        }
    }

    @ParameterizedTest
    @MethodSource("devices")
    void nothingThatIsSharedCanBeMadeToBlock(String name) {
        BpfProgram program = FilterCompiler.compile(load(name));
        int fcntl = SyscallTable.byName("fcntl").orElseThrow().number();
        for (long flags : new long[] {0, 2, 0x400, 0x8000}) {
            assertThat(BpfInterpreter.run(program, SeccompData.of(fcntl, 5, 4, flags))
                            .letsThrough())
                    .as("fcntl(F_SETFL, 0x%x)", flags)
                    .isFalse();
        }
    }
}
