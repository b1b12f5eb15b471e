package crosvm.seccomp.install;

import com.sun.jna.Native;
import crosvm.seccomp.filter.BpfInstruction;
import crosvm.seccomp.filter.BpfProgram;
import crosvm.seccomp.filter.FilterCompiler;
import crosvm.seccomp.filter.Witness;
import crosvm.seccomp.policy.Action;
import crosvm.seccomp.policy.Policy;
import crosvm.seccomp.policy.PolicySource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Has the kernel decide each witness of a policy. One thread binds itself, alone, to the policy's filter with each outcome
 * exchanged for an errno of its own, and makes every call: the kernel runs the real program on real registers, and nothing
 * is carried out. Prints the errnos, one a line.
 */
final class DecidingMain {

    private static final int ALLOWED = 4001;
    private static final int KILLED = 4002;
    private static final int EXIT_GROUP = 231;

    private DecidingMain() {}

    static int errnoFor(Action action) {
        return switch (action.kind()) {
            case ALLOW -> ALLOWED;
            case KILL_PROCESS -> KILLED;
            case ERRNO -> action.data();
            default -> throw new IllegalArgumentException("no policy uses " + action);
        };
    }

    private static BpfProgram answering(BpfProgram program) {
        List<BpfInstruction> changed = new ArrayList<>();
        for (BpfInstruction i : program.instructions()) {
            changed.add(
                    i.code() == BpfInstruction.RETURN
                            ? new BpfInstruction(
                                    i.code(),
                                    0,
                                    0,
                                    Action.errno(errnoFor(Action.fromReturnValue(i.k())))
                                            .toReturnValue())
                            : i);
        }
        return new BpfProgram(changed);
    }

    public static void main(String[] arguments) {
        Policy policy = Policy.load(PolicySource.bundled(), arguments[0]);
        InstallableFilter filter = InstallableFilter.prepare(answering(FilterCompiler.compile(policy)));
        long[][] calls = Witness.of(policy).stream()
                .map(Witness::data)
                .map(d -> new long[] {d.number(), d.arg0(), d.arg1(), d.arg2(), d.arg3(), d.arg4(), d.arg5()})
                .toArray(long[][]::new);
        int[] answers = new int[calls.length];
        AtomicBoolean done = new AtomicBoolean();
        ConfinedMain.syscall(39, 0, 0, 0, 0, 0, 0);
        Thread bound = new Thread(() -> decide(filter, calls, answers, done));
        bound.setDaemon(true);
        bound.start();
        while (!done.get()) {
            Thread.onSpinWait();
        }
        StringBuilder text = new StringBuilder();
        for (int answer : answers) {
            text.append(answer).append('\n');
        }
        System.out.print(text);
        System.out.flush();
        // An orderly end would stop all threads first, and the bound one cannot stop: its futex calls fail.
        ConfinedMain.syscall(EXIT_GROUP, 0, 0, 0, 0, 0, 0);
    }

    private static void decide(InstallableFilter filter, long[][] calls, int[] answers, AtomicBoolean done) {
        filter.installOnThisThread();
        for (int i = 0; i < calls.length; i++) {
            long[] c = calls[i];
            long result = ConfinedMain.syscall(c[0], c[1], c[2], c[3], c[4], c[5], c[6]);
            answers[i] = result == -1 ? Native.getLastError() : 0;
        }
        done.set(true);
        while (true) {
            Thread.onSpinWait();
        }
    }
}
