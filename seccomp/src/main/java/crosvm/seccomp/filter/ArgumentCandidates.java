package crosvm.seccomp.filter;

import crosvm.seccomp.policy.Atom;
import crosvm.seccomp.policy.Conjunction;
import crosvm.seccomp.policy.Operator;
import crosvm.seccomp.policy.Rule;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Register contents worth trying on a rule: for each argument it looks at, the constants it names, their neighbours, and for
 * sets of bits every way to join two of the sets, whole and by a single bit. Between two neighbouring constants no comparison of
 * numbers can change its answer, so for those the candidates are complete; for sets of bits they cover every pair.
 */
final class ArgumentCandidates {

    /** More combinations than this are cut off; no rule a person writes comes near. */
    private static final int MAX_COMBINATIONS = 1_000_000;

    private final Rule rule;
    private final List<Integer> arguments = new ArrayList<>();
    private final List<long[]> values = new ArrayList<>();

    ArgumentCandidates(Rule rule) {
        this.rule = rule;
        Map<Integer, List<Atom>> atoms = rule.anyOf().stream()
                .map(Conjunction::atoms)
                .flatMap(List::stream)
                .collect(Collectors.groupingBy(Atom::argument, TreeMap::new, Collectors.toList()));
        atoms.forEach((argument, group) -> {
            arguments.add(argument);
            values.add(candidates(group));
        });
    }

    private static long[] candidates(List<Atom> atoms) {
        Set<Long> found = new LinkedHashSet<>();
        Set<Long> masks = new LinkedHashSet<>();
        for (Atom atom : atoms) {
            found.add(atom.value());
            if (atom.operator().isMask()) {
                masks.add(atom.value());
                masks.add(~atom.value());
            } else {
                found.add(atom.value() - 1);
                found.add(atom.value() + 1);
            }
        }
        found.add(0L);
        found.add(-1L);
        for (long a : masks) {
            for (long b : masks) {
                found.add(a | b);
                found.add(a & b);
                found.add(Long.lowestOneBit(a & b));
                found.add(Long.highestOneBit(a & b));
            }
        }
        // Hostile upper halves: the same low half, which is all that the kernel uses of an int.
        boolean exact = atoms.stream().anyMatch(atom -> !atom.wide() || atom.operator() == Operator.EQ);
        if (exact) {
            atoms.forEach(atom -> found.add(atom.value() ^ 0x1_0000_0000L));
        }
        return found.stream().mapToLong(Long::longValue).toArray();
    }

    /** The first combination that satisfies a wish, or null when none does. */
    @Nullable SeccompData first(Predicate<SeccompData> wish) {
        int[] index = new int[arguments.size()];
        for (int tried = 0; tried < MAX_COMBINATIONS; tried++) {
            SeccompData data = SeccompData.of(rule.syscall().number());
            for (int i = 0; i < index.length; i++) {
                data = data.withArgument(arguments.get(i), values.get(i)[index[i]]);
            }
            if (wish.test(data)) {
                return data;
            }
            if (!advance(index)) {
                return null;
            }
        }
        return null;
    }

    private boolean advance(int[] index) {
        for (int i = 0; i < index.length; i++) {
            if (++index[i] < values.get(i).length) {
                return true;
            }
            index[i] = 0;
        }
        return false;
    }

    /** Every value of every argument, the others held as in {@code base}: what a differential test wants to try. */
    List<SeccompData> around(SeccompData base) {
        List<SeccompData> all = new ArrayList<>();
        for (int i = 0; i < arguments.size(); i++) {
            for (long value : values.get(i)) {
                all.add(base.withArgument(arguments.get(i), value));
            }
        }
        return all;
    }
}
