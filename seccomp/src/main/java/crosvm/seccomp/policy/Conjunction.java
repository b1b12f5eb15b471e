package crosvm.seccomp.policy;

import java.util.List;
import java.util.stream.Collectors;

/** Comparisons that must all hold: one alternative of a rule. Never empty. */
public record Conjunction(List<Atom> atoms, Mark mark) {

    public Conjunction {
        atoms = List.copyOf(atoms);
    }

    @Override
    public String toString() {
        return atoms.stream().map(Atom::toString).collect(Collectors.joining(" && "));
    }
}
