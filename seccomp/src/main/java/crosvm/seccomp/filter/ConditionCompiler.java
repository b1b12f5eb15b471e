package crosvm.seccomp.filter;

import crosvm.seccomp.policy.Atom;
import crosvm.seccomp.policy.Conjunction;
import crosvm.seccomp.policy.Operator;
import crosvm.seccomp.policy.Rule;
import java.util.List;

/**
 * Compiles a rule's condition. BPF compares 32 bits at a time, so a comparison of a 64-bit argument looks at the upper
 * half first and at the lower half where the upper one does not decide. Owned by one compilation.
 */
final class ConditionCompiler {

    private static final int NO_WORD = -1;

    private final BackwardAssembler code;

    ConditionCompiler(BackwardAssembler code) {
        this.code = code;
    }

    /**
     * Code to go on with.
     *
     * @param label where to enter it
     * @param word the offset it loads first, or {@link #NO_WORD}
     * @param loaded where to enter it when that word is in the accumulator already, which saves a load in
     *     {@code arg1 == A || arg1 == B || …}
     */
    private record Target(int label, int word, int loaded) {

        static Target of(int label) {
            return new Target(label, NO_WORD, label);
        }

        int after(int heldWord) {
            return heldWord == word ? loaded : label;
        }
    }

    /** The label of code that goes to {@code yes} when the rule's condition holds and to {@code no} when not. */
    int compile(Rule rule, int yes, int no) {
        Target next = Target.of(no);
        List<Conjunction> anyOf = rule.anyOf();
        for (int i = anyOf.size() - 1; i >= 0; i--) {
            List<Atom> atoms = anyOf.get(i).atoms();
            Target entry = Target.of(yes);
            for (int j = atoms.size() - 1; j >= 0; j--) {
                entry = atom(atoms.get(j), entry, next);
            }
            next = entry;
        }
        return next.label();
    }

    private Target atom(Atom atom, Target yes, Target no) {
        return switch (atom.operator()) {
            case EQ, GT, GE, SET -> positive(atom, atom.operator(), yes, no);
            case NE -> positive(atom, Operator.EQ, no, yes);
            case LT -> positive(atom, Operator.GE, no, yes);
            case LE -> positive(atom, Operator.GT, no, yes);
            case IN -> anyBit(atom, ~atom.value(), no, yes);
        };
    }

    private Target positive(Atom atom, Operator operator, Target yes, Target no) {
        return switch (operator) {
            case EQ -> equal(atom, yes, no);
            case SET -> anyBit(atom, atom.value(), yes, no);
            case GT -> ordered(atom, BpfInstruction.JUMP_GREATER, yes, no);
            default -> ordered(atom, BpfInstruction.JUMP_GREATER_EQUAL, yes, no);
        };
    }

    private Target equal(Atom atom, Target yes, Target no) {
        Target low = test(lowWord(atom), BpfInstruction.JUMP_EQUAL, low(atom.value()), yes, no);
        return atom.wide() ? test(highWord(atom), BpfInstruction.JUMP_EQUAL, high(atom.value()), low, no) : low;
    }

    private Target anyBit(Atom atom, long mask, Target yes, Target no) {
        Target low = test(lowWord(atom), BpfInstruction.JUMP_SET, low(mask), yes, no);
        return atom.wide() && high(mask) != 0
                ? test(highWord(atom), BpfInstruction.JUMP_SET, high(mask), yes, low)
                : low;
    }

    private Target ordered(Atom atom, int jump, Target yes, Target no) {
        Target low = test(lowWord(atom), jump, low(atom.value()), yes, no);
        if (!atom.wide()) {
            return low;
        }
        int word = highWord(atom);
        Target same = test(word, BpfInstruction.JUMP_EQUAL, high(atom.value()), low, no);
        return test(word, BpfInstruction.JUMP_GREATER, high(atom.value()), yes, same);
    }

    private Target test(int word, int jump, int k, Target yes, Target no) {
        int loaded = code.branch(jump, k, yes.after(word), no.after(word));
        return new Target(code.load(word), word, loaded);
    }

    private static int lowWord(Atom atom) {
        return SeccompData.ARGUMENTS_OFFSET + Long.BYTES * atom.argument();
    }

    private static int highWord(Atom atom) {
        return lowWord(atom) + Integer.BYTES;
    }

    private static int low(long value) {
        return (int) value;
    }

    private static int high(long value) {
        return (int) (value >>> Integer.SIZE);
    }
}
