package crosvm.seccomp.filter;

import crosvm.seccomp.policy.Action;
import crosvm.seccomp.policy.Policy;
import crosvm.seccomp.policy.Rule;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;

/**
 * Compiles a policy to a seccomp filter.
 *
 * <p>Our own rather than libseccomp: the result is a value that a test can run, print and compare without a kernel and
 * without a native library, and libseccomp compares all 64 bits of an int argument (see {@code Atom}).
 *
 * <p>Layout: the architecture first, then x32, then a binary search over ranges of numbers with the same outcome, then the
 * conditions. A search, not a chain with the frequent calls first: since Linux 5.11 the kernel finds out when a filter is
 * installed which numbers it allows whatever their arguments, and does not run it for those at all, so the frequent calls
 * cost nothing in either layout, and a search is bounded for the rest.
 */
public final class FilterCompiler {

    private FilterCompiler() {}

    /** Numbers from {@code first} to before the next segment's, and where they go. */
    private record Segment(int first, int label) {}

    /**
     * Compiles.
     *
     * @throws crosvm.seccomp.policy.PolicyException when the filter would exceed the kernel's 4096 instructions
     */
    public static BpfProgram compile(Policy policy) {
        BackwardAssembler code = new BackwardAssembler();
        ConditionCompiler conditions = new ConditionCompiler(code);
        Action otherwise = policy.defaultAction();
        List<Rule> rules = policy.rules().stream()
                .sorted((one, other) ->
                        Integer.compare(one.syscall().number(), other.syscall().number()))
                .toList();
        // By identity: for the hash of a record Java makes code at each start.
        IdentityHashMap<Rule, Integer> conditional = new IdentityHashMap<>();
        for (Rule rule : rules) {
            if (rule.isConditional()) {
                Action failed = rule.otherwise() == null ? otherwise : rule.otherwise();
                int yes = code.returning(rule.action());
                conditional.put(rule, conditions.compile(rule, yes, code.returning(failed)));
            }
        }
        List<Segment> segments = new ArrayList<>();
        add(segments, 0, code.returning(otherwise));
        for (Rule rule : rules) {
            int number = rule.syscall().number();
            Integer label = conditional.get(rule);
            if (segments.get(segments.size() - 1).first() == number) {
                segments.remove(segments.size() - 1);
            }
            add(segments, number, label != null ? label : code.returning(rule.action()));
            add(segments, number + 1, code.returning(otherwise));
        }
        int search = search(code, segments);
        // A tracer's "skip this call" is number -1, and x32 numbers have bit 30 set: both lie at or above it.
        int kill = code.returning(Action.KILL_PROCESS);
        code.branch(BpfInstruction.JUMP_GREATER_EQUAL, SeccompData.X32_BIT, kill, search);
        int number = code.load(SeccompData.NUMBER_OFFSET);
        kill = code.returning(Action.KILL_PROCESS);
        code.branch(BpfInstruction.JUMP_EQUAL, SeccompData.ARCH_X86_64, number, kill);
        code.load(SeccompData.ARCHITECTURE_OFFSET);
        return code.program();
    }

    /** Adds a segment, or lets the one before it reach further. */
    private static void add(List<Segment> segments, int first, int label) {
        if (segments.isEmpty() || segments.get(segments.size() - 1).label() != label) {
            segments.add(new Segment(first, label));
        }
    }

    private static int search(BackwardAssembler code, List<Segment> segments) {
        if (segments.size() == 1) {
            return segments.get(0).label();
        }
        int middle = segments.size() / 2;
        int right = search(code, segments.subList(middle, segments.size()));
        int left = search(code, segments.subList(0, middle));
        return code.branch(
                BpfInstruction.JUMP_GREATER_EQUAL, segments.get(middle).first(), right, left);
    }
}
