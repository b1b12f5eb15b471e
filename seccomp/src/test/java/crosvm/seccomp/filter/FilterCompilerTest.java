package crosvm.seccomp.filter;

import static crosvm.seccomp.policy.MemorySource.policy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.seccomp.policy.Action;
import crosvm.seccomp.policy.Policy;
import crosvm.seccomp.policy.PolicyException;
import crosvm.seccomp.policy.Syscall;
import crosvm.seccomp.policy.SyscallTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FilterCompilerTest {

    private static final int IOCTL = 16;
    private static final int MMAP = 9;
    private static final int MPROTECT = 10;

    private static boolean allows(String text, int number, long... arguments) {
        return BpfInterpreter.run(FilterCompiler.compile(policy(text)), SeccompData.of(number, arguments))
                .letsThrough();
    }

    @Test
    void refusesOtherArchitecturesBeforeAnythingElse() {
        BpfProgram program = FilterCompiler.compile(policy("@default log\nread: 1\nwrite: 1"));
        SeccompData read = SeccompData.of(0);
        assertThat(BpfInterpreter.run(program, read)).isEqualTo(Action.ALLOW);
        assertThat(BpfInterpreter.run(program, read.withArchitecture(SeccompData.ARCH_I386)))
                .isEqualTo(Action.KILL_PROCESS);
        assertThat(program.instructions().get(0).k()).isEqualTo(SeccompData.ARCHITECTURE_OFFSET);
    }

    @ParameterizedTest
    @ValueSource(
            ints = {SeccompData.X32_BIT, SeccompData.X32_BIT | 1, -1, Integer.MIN_VALUE, SeccompData.X32_BIT | 512})
    void refusesX32AndSkippedCalls(int number) {
        BpfProgram program = FilterCompiler.compile(policy("@default log\nread: 1\nwrite: 1"));
        assertThat(BpfInterpreter.run(program, SeccompData.of(0).withNumber(number)))
                .isEqualTo(Action.KILL_PROCESS);
    }

    @Test
    void comparesIntArgumentsByTheirLowHalf() {
        assertThat(allows("ioctl: arg1 != TIOCSTI", IOCTL, 0, 0x5412)).isFalse();
        assertThat(allows("ioctl: arg1 != TIOCSTI", IOCTL, 0, 0x1_0000_5412L)).isFalse();
        assertThat(allows("ioctl: arg1 != TIOCSTI", IOCTL, 0, 0x5413)).isTrue();
        assertThat(allows("openat: arg0 == AT_FDCWD", 257, 0xffff_ff9cL)).isTrue();
        assertThat(allows("openat: arg0 == AT_FDCWD", 257, -100)).isTrue();
        assertThat(allows("openat: arg0 == AT_FDCWD", 257, -101)).isFalse();
        assertThat(allows("madvise: arg2 < 5", 28, 0, 0, 0x7_0000_0004L)).isTrue();
        assertThat(allows("madvise: arg2 < 5", 28, 0, 0, 0xffff_ffffL)).isFalse();
    }

    @Test
    void comparesLongArgumentsByBothHalves() {
        assertThat(allows("mprotect: arg2 in ~PROT_EXEC", MPROTECT, 0, 0, 3)).isTrue();
        assertThat(allows("mprotect: arg2 in ~PROT_EXEC", MPROTECT, 0, 0, 7)).isFalse();
        assertThat(allows("mprotect: arg2 in PROT_READ|PROT_WRITE", MPROTECT, 0, 0, 0x1_0000_0003L))
                .isFalse();
        assertThat(allows("mmap: arg1 == 0x100000000", MMAP, 0, 0x1_0000_0000L)).isTrue();
        assertThat(allows("mmap: arg1 == 0x100000000", MMAP, 0, 0)).isFalse();
        assertThat(allows("mmap: arg1 < 0x100000000", MMAP, 0, 0xffff_ffffL)).isTrue();
        assertThat(allows("mmap: arg1 < 0x100000000", MMAP, 0, 0x1_0000_0000L)).isFalse();
        assertThat(allows("mmap: arg1 & 0x8000000000000000", MMAP, 0, -1)).isTrue();
        assertThat(allows("mmap: arg1 & 0x8000000000000000", MMAP, 0, Long.MAX_VALUE))
                .isFalse();
    }

    @Test
    void givesTheErrnoThePolicyNames() {
        BpfProgram program = FilterCompiler.compile(policy("clone3: return ENOSYS\nopenat: arg2 == 0; return EACCES"));
        assertThat(BpfInterpreter.returnValue(program, SeccompData.of(435))).isEqualTo(0x0005_0026);
        assertThat(BpfInterpreter.run(program, SeccompData.of(257, 0, 0, 1))).isEqualTo(Action.errno(13));
        assertThat(BpfInterpreter.run(program, SeccompData.of(257, 0, 0, 0))).isEqualTo(Action.ALLOW);
        assertThat(BpfInterpreter.run(program, SeccompData.of(1))).isEqualTo(Action.KILL_PROCESS);
    }

    @Test
    void decidesEveryNumberAsThePolicySays() {
        Policy policy = policy(
                "read: 1\nwrite: 1\nclose: 1\nioctl: arg1 == 1\nfutex: log\nclone3: return ENOSYS\nfile_setattr: 1");
        BpfProgram program = FilterCompiler.compile(policy);
        for (int number = 0; number < 700; number++) {
            SeccompData data = SeccompData.of(number, 5, 1);
            assertThat(BpfInterpreter.run(program, data))
                    .as(data.toString())
                    .isEqualTo(RuleEvaluator.decide(policy, data));
        }
    }

    @Test
    void reachesTargetsFurtherThanAConditionalJump() {
        StringBuilder text = new StringBuilder("@default return EPERM\nread: 1\nclone3: 1\nioctl: ");
        for (int i = 0; i < 900; i++) {
            text.append(i == 0 ? "" : " || ").append("arg1 == ").append(i * 3);
            text.append(i % 7 == 0 ? " && arg2 != " + i : "");
        }
        Policy policy = policy(text + "\nlseek: arg1 == 5; return EINVAL");
        BpfProgram program = FilterCompiler.compile(policy);
        assertThat(program.size()).isLessThan(1600);
        for (int i = 0; i < 2710; i++) {
            SeccompData data = SeccompData.of(IOCTL, 0, i, i / 3);
            assertThat(BpfInterpreter.run(program, data)).isEqualTo(RuleEvaluator.decide(policy, data));
        }
        for (int number : new int[] {0, 1, 8, 435, 436}) {
            SeccompData data = SeccompData.of(number);
            assertThat(BpfInterpreter.run(program, data)).isEqualTo(RuleEvaluator.decide(policy, data));
        }
    }

    @Test
    void refusesAPolicyThatNeedsMoreInstructionsThanTheKernelTakes() {
        StringBuilder text = new StringBuilder("mmap: ");
        for (int i = 0; i < 1500; i++) {
            text.append(i == 0 ? "" : " || ").append("arg1 == ").append(i * 3);
        }
        assertThatThrownBy(() -> FilterCompiler.compile(policy(text.toString())))
                .isInstanceOf(PolicyException.class)
                .hasMessageContaining("the kernel takes 1 to 4096");
    }

    @Test
    void agreesWithTheRulesOnRandomPolicies() {
        String[] operators = {"==", "!=", "<", "<=", ">", ">=", "&", "in"};
        List<Syscall> table = SyscallTable.all().stream()
                .filter(syscall -> syscall.argumentCount() > 0)
                .toList();
        for (int seed = 0; seed < 150; seed++) {
            Random random = new Random(seed);
            List<Syscall> chosen = new ArrayList<>(table);
            java.util.Collections.shuffle(chosen, random);
            StringBuilder text = new StringBuilder(random.nextBoolean() ? "@default return 1\n" : "");
            for (Syscall syscall : chosen.subList(0, 1 + random.nextInt(40))) {
                text.append(syscall.name()).append(": ");
                int alternatives = random.nextInt(5);
                text.append(alternatives == 0 ? "1" : "");
                for (int i = 0; i < alternatives; i++) {
                    text.append(i == 0 ? "" : " || ");
                    int atoms = 1 + random.nextInt(3);
                    for (int j = 0; j < atoms; j++) {
                        int argument = random.nextInt(syscall.argumentCount());
                        long value = random.nextInt(4);
                        if (syscall.isWide(argument) && random.nextBoolean()) {
                            value |= (long) random.nextInt(3) << 32;
                        }
                        text.append(j == 0 ? "" : " && ")
                                .append("arg")
                                .append(argument)
                                .append(' ');
                        text.append(operators[random.nextInt(operators.length)])
                                .append(' ')
                                .append(value);
                    }
                }
                text.append(alternatives > 0 && random.nextBoolean() ? "; return 2" : "")
                        .append('\n');
            }
            Policy policy = policy(text.toString());
            BpfProgram program = FilterCompiler.compile(policy);
            for (Witness witness : Witness.of(policy)) {
                assertThat(BpfInterpreter.run(program, witness.data()))
                        .as("seed %d %s %s", seed, witness.rule(), witness.data())
                        .isEqualTo(witness.expected());
            }
            for (int i = 0; i < 400; i++) {
                int number =
                        chosen.get(random.nextInt(Math.min(45, chosen.size()))).number();
                SeccompData data = SeccompData.of(number);
                for (int argument = 0; argument < 6; argument++) {
                    data = data.withArgument(argument, random.nextInt(5) | (long) random.nextInt(3) << 32);
                }
                assertThat(BpfInterpreter.run(program, data))
                        .as("seed %d %s", seed, data)
                        .isEqualTo(RuleEvaluator.decide(policy, data));
            }
        }
    }

    @Test
    void writesInstructionsAsTheKernelReadsThem() {
        byte[] bytes = new BpfProgram(List.of(new BpfInstruction(0x06, 1, 2, 0x7fff0000))).toBytes();
        assertThat(bytes).containsExactly(6, 0, 1, 2, 0, 0, 0xff, 0x7f);
    }

    @Test
    void rejectsProgramsTheKernelWouldReject() {
        BpfInstruction allow = new BpfInstruction(BpfInstruction.RETURN, 0, 0, 0x7fff0000);
        for (BpfInstruction bad : List.of(
                new BpfInstruction(BpfInstruction.LOAD, 0, 0, 64),
                new BpfInstruction(BpfInstruction.LOAD, 0, 0, 2),
                new BpfInstruction(BpfInstruction.JUMP, 0, 0, 1),
                new BpfInstruction(BpfInstruction.JUMP_EQUAL, 1, 0, 0),
                new BpfInstruction(0x84, 0, 0, 0))) {
            assertThatThrownBy(() -> new BpfProgram(List.of(bad, allow))).isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> new BpfProgram(List.of(new BpfInstruction(BpfInstruction.LOAD, 0, 0, 0))))
                .hasMessageContaining("does not end with a return");
    }

    @Test
    void showsAFilterToAPerson() {
        assertThat(BpfDisassembler.disassemble(
                        FilterCompiler.compile(policy("read: 1\nioctl: arg1 == 1 || arg1 == 2"))))
                .isEqualTo("""
                           0  load arch
                           1  if arch == x86_64 go on else goto 10
                           2  load nr
                           3  if nr >= x32 goto 10
                           4  if nr >= ioctl (16) goto 6
                           5  if nr >= write (1) goto 10 else goto 11
                           6  if nr >= pread64 (17) goto 10
                           7  load arg1.low
                           8  if arg1.low == 0x1 goto 11
                           9  if arg1.low == 0x2 goto 11
                          10  kill-process
                          11  allow
                        """);
    }
}
