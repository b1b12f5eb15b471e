package crosvm.seccomp.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PolicyTest {

    private static List<String> problems(String text) {
        return catchThrowableOfType(PolicyException.class, () -> MemorySource.policy(text)).problems().stream()
                .map(Problem::toString)
                .toList();
    }

    private static Rule only(String text) {
        Policy policy = MemorySource.policy(text);
        assertThat(policy.rules()).hasSize(1);
        return policy.rules().get(0);
    }

    @Test
    void readsWhatMinijailsManualShows() {
        Policy policy = MemorySource.policy("""
                # open with O_LARGEFILE|O_RDONLY|O_NONBLOCK or some combination
                open: arg1 == 32768 || arg1 == 0 || arg1 == 34816 || arg1 == 2048
                mmap: arg2 == 0x0
                munmap: 1
                close: allow
                read: return EBADF
                write: arg0 == 0; return EBADF
                mprotect: arg2 in ~PROT_EXEC || arg2 in ~PROT_WRITE
                231: 1
                """);
        assertThat(policy.rules())
                .extracting(Rule::toString)
                .containsExactly(
                        "open: arg1 == 32768 || arg1 == 0 || arg1 == 34816 || arg1 == 2048",
                        "mmap: arg2 == 0x0",
                        "munmap: 1",
                        "close: 1",
                        "read: return EBADF",
                        "write: arg0 == 0; return EBADF",
                        "mprotect: arg2 in ~PROT_EXEC || arg2 in ~PROT_WRITE",
                        "exit_group: 1");
        assertThat(policy.defaultAction()).isEqualTo(Action.KILL_PROCESS);
    }

    @ParameterizedTest
    @CsvSource({
        "0x5401,21505",
        "0700,448",
        "MAP_PRIVATE|MAP_ANONYMOUS,34",
        "~PROT_EXEC,-5",
        "~(PROT_EXEC|PROT_WRITE),-7",
        "0xffffffffffffffff,-1",
        "-100,-100",
        "(1|2)|4,7"
    })
    void readsConstants(String written, long value) {
        Atom atom = only("mmap: arg2 == " + written).anyOf().get(0).atoms().get(0);
        assertThat(atom.value()).isEqualTo(value);
    }

    @Test
    void keepsOnlyTheLowHalfOfAConstantForAnIntArgument() {
        for (String written : List.of("AT_FDCWD", "-100", "0xffffff9c", "0xffffffffffffff9c")) {
            Atom atom =
                    only("openat: arg0 == " + written).anyOf().get(0).atoms().get(0);
            assertThat(atom.wide()).isFalse();
            assertThat(atom.value()).as(written).isEqualTo(0xffffff9cL);
            assertThat(atom.test(0xffff_ffff_ffff_ff9cL)).isTrue();
            assertThat(atom.test(0xffff_ff9cL)).isTrue();
        }
    }

    @Test
    void takesTheCommentBesideOrRightAboveARuleAsItsReason() {
        Policy policy = MemorySource.policy("""
                # a heading

                read: 1 # the kick
                # the
                # call
                write: 1
                close: 1
                """);
        assertThat(policy.rules()).extracting(Rule::reason).containsExactly("the kick", "the call", "");
    }

    @Test
    void joinsLinesAndKeepsPositions() {
        assertThat(only("ioctl: arg1 == TUNSETIFF || \\\n  arg1 == TUNGETIFF").anyOf())
                .hasSize(2);
        assertThat(problems("ioctl: arg1 == TUNSETIFF || \\\n  arg1 == TUNSETFI"))
                .containsExactly("t.policy:2:11: unknown constant TUNSETFI; did you mean TUNSETIFF?");
    }

    @Test
    void reportsEveryProblemAtOnceWithItsPlace() {
        assertThat(problems("""
                        raed: 1
                        write 1
                        read: arg3 == 1
                        poll: arg1 <
                        ioctl: arg1 == 0x100000000
                        close: maybe
                        close: 1
                        close: 1
                        dup: arg0 < -1
                        lseek: $
                        9999: 1
                        openat: return EWHAT
                        futex: arg1 == 1; allow
                        {read, write}: 1
                        mmap: { arg0 == 1 }
                        exit: user-notify
                        arg0: 1
                        fstat: arg0 = 1
                        brk: 1 1
                        """))
                .containsExactly(
                        "t.policy:1:1: x86-64 has no system call raed; did you mean read?",
                        "t.policy:2:7: ':' expected after write, not '1'",
                        "t.policy:3:7: read has no arg3: it takes 3 arguments",
                        "t.policy:4:13: a number or a named constant expected, not the end of the line",
                        "t.policy:5:16: arg1 of ioctl is 32 bits wide; 0x100000000 does not fit",
                        "t.policy:6:8: a condition (arg0 == ...) or an action (1, allow, log, trap, kill, kill-process,"
                                + " kill-thread or return ERRNO) expected, not 'maybe'",
                        "t.policy:8:1: close already has a rule at t.policy:7:1; join the two with '||'",
                        "t.policy:9:13: the order of < is unsigned, so a negative constant cannot be meant",
                        "t.policy:10:8: '$' has no meaning in a policy",
                        "t.policy:10:9: a condition (arg0 == ...) or an action (1, allow, log, trap, kill, kill-process,"
                                + " kill-thread or return ERRNO) expected, not the end of the line",
                        "t.policy:11:1: x86-64 has no system call with number 9999",
                        "t.policy:12:16: unknown errno EWHAT",
                        "t.policy:13:19: allowing what fails the condition makes the condition pointless; write '1' alone",
                        "t.policy:14:1: several system calls in braces are not supported; give each its own line",
                        "t.policy:15:7: several filters in braces are not supported; join them with '||'",
                        "t.policy:16:7: user-notify needs a process that answers for the filter, and there is none; use"
                                + " 1, allow, log, trap, kill, kill-process, kill-thread or return ERRNO",
                        "t.policy:17:1: x86-64 has no system call arg0",
                        "t.policy:18:13: one of == != < <= > >= & in expected, not '='",
                        "t.policy:19:8: '1' is not expected here");
    }

    @Test
    void refusesAPolicyThatAllowsWhatItDoesNotName() {
        assertThat(problems("@default allow\nread: 1"))
                .singleElement()
                .asString()
                .startsWith("t.policy:1:1: @default allow would");
        assertThat(problems("@default\n@default log x\n@defalt log\n# nothing\n"))
                .containsExactly(
                        "t.policy:1:1: @default needs an action: kill, kill-process, kill-thread, trap, log or return ERRNO",
                        "t.policy:2:1: @default takes one action",
                        "t.policy:3:1: @defalt is not a directive; there are @include, @default and @frequency");
        assertThat(problems("# nothing")).hasSize(1);
    }

    @Test
    void readsDirectives() {
        Policy policy = MemorySource.policy("@default return EPERM # polite\n@frequency ./x.frequency\nread: 1");
        assertThat(policy.defaultAction()).isEqualTo(Action.errno(1));
        assertThat(policy.withDefaultAction(Action.LOG).defaultAction()).isEqualTo(Action.LOG);
    }

    @Test
    void letsAPolicysOwnRuleReplaceAnIncludedOne() {
        Policy policy = Policy.load(
                new MemorySource(Map.of(
                        "d/blk.policy", "@include ./common.policy\nmadvise: arg2 == MADV_DONTNEED\nfdatasync: 1",
                        "d/common.policy", "read: 1\nmadvise: 1")),
                "d/blk.policy");
        assertThat(policy.rules())
                .extracting(Rule::toString)
                .containsExactly("read: 1", "madvise: arg2 == MADV_DONTNEED", "fdatasync: 1");
        assertThat(policy.overridden())
                .extracting(rule -> rule.mark().toString())
                .containsExactly("d/common.policy:2:1");
        assertThat(policy.files()).containsExactly("d/blk.policy", "d/common.policy");
    }

    @Test
    void reportsProblemsOfIncludesToo() {
        PolicyException e = catchThrowableOfType(
                PolicyException.class,
                () -> Policy.load(
                        new MemorySource(Map.of(
                                "a.policy", "@include b.policy\n@include ./none.policy\n@include ./b.policy\nraed: 1",
                                "b.policy", "@include ./c.policy\n@default log\nwrit: 1")),
                        "a.policy"));
        assertThat(e.problems())
                .extracting(Problem::toString)
                .containsExactly(
                        "a.policy:2:1: none.policy cannot be read: no such file",
                        "a.policy:3:1: b.policy is already part of this policy",
                        "a.policy:4:1: x86-64 has no system call raed; did you mean read?",
                        "b.policy:1:1: an included file cannot include another: policies nest one level deep",
                        "b.policy:2:1: @default belongs in the policy itself, not in an included file",
                        "b.policy:3:1: x86-64 has no system call writ; did you mean write?");
        assertThat(e).hasMessageContaining("a.policy:2:1: none.policy cannot be read");
    }

    @Test
    void saysWhichPolicyIsMissing() {
        PolicyException e = catchThrowableOfType(
                PolicyException.class, () -> Policy.load(PolicySource.files(), "/nonexistent/x.policy"));
        assertThat(e).hasMessage("/nonexistent/x.policy: the policy cannot be read: no such file");
    }

    @Test
    void refusesBehindAConditionWhatMinijailsCompilersTakeDifferently() {
        for (String action : List.of("kill", "kill-process", "kill-thread", "trap", "log")) {
            assertThat(problems("dup: arg0 == 1; " + action))
                    .as(action)
                    .singleElement()
                    .asString()
                    .startsWith(
                            "t.policy:1:17: after a condition only 'return ERRNO' is allowed, for calls that fail it; "
                                    + action + " means opposite things");
        }
    }

    @Test
    @Timeout(120)
    void refusesToIncludeWhatHasNoEnd(@TempDir Path folder) throws Exception {
        Path policy = folder.resolve("t.policy");
        Files.writeString(policy, "@include /dev/zero\n");
        assertThatThrownBy(() -> Policy.load(PolicySource.files(), policy.toString()))
                .hasMessageContaining("/dev/zero cannot be read: it is not a regular file");
        Path fifo = folder.resolve("fifo");
        assertThat(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor())
                .isZero();
        Files.writeString(policy, "@include ./fifo\n");
        assertThatThrownBy(() -> Policy.load(PolicySource.files(), policy.toString()))
                .hasMessageContaining("fifo cannot be read: it is not a regular file");
        Path huge = folder.resolve("huge");
        try (RandomAccessFile file = new RandomAccessFile(huge.toFile(), "rw")) {
            file.setLength(1L << 40);
        }
        Files.writeString(policy, "@include ./huge\n");
        assertThatThrownBy(() -> Policy.load(PolicySource.files(), policy.toString()))
                .hasMessageContaining("huge cannot be read: it has more than 1048576 bytes, which no policy needs");
        Files.write(huge, new byte[] {(byte) 0xff});
        assertThatThrownBy(() -> Policy.load(PolicySource.files(), policy.toString()))
                .hasMessageContaining("huge cannot be read: it is not UTF-8 text");
    }
}
