package crosvm.seccomp.filter;

import crosvm.seccomp.policy.Action;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Builds a program from its end to its start. BPF jumps only forward, so every target is already placed when a jump to it
 * is, its distance is known, and no second pass is needed. A label is the number of instructions that follow the target.
 * Owned by one compilation.
 */
final class BackwardAssembler {

    private final List<BpfInstruction> reversed = new ArrayList<>();
    private final Map<Integer, Integer> returns = new HashMap<>();

    /** The label of a return with this action. */
    int returning(Action action) {
        int value = action.toReturnValue();
        return returns.computeIfAbsent(value, v -> place(new BpfInstruction(BpfInstruction.RETURN, 0, 0, v)));
    }

    /** Loads a word, then goes on with what was placed last. */
    int load(int offset) {
        return place(new BpfInstruction(BpfInstruction.LOAD, 0, 0, offset));
    }

    /** Goes to one label when the condition holds, to the other when not. */
    int branch(int code, int k, int whenTrue, int whenFalse) {
        int yes = latest(whenTrue);
        int no = latest(whenFalse);
        // Bringing one target near moves the other one instruction further away, hence the margin of one.
        if (distance(yes) >= BpfInstruction.MAX_JUMP) {
            yes = bringNear(yes);
        }
        if (whenFalse == whenTrue) {
            no = yes;
        } else if (distance(no) >= BpfInstruction.MAX_JUMP) {
            no = bringNear(no);
        }
        return place(new BpfInstruction(code, distance(yes), distance(no), k));
    }

    /** The nearest copy of a return; anything else has only one place. */
    private int latest(int label) {
        BpfInstruction target = reversed.get(label);
        return target.code() == BpfInstruction.RETURN ? returns.getOrDefault(target.k(), label) : label;
    }

    private int distance(int label) {
        return reversed.size() - 1 - label;
    }

    /** A copy of a return, or a jump to anything else, right here. */
    private int bringNear(int label) {
        BpfInstruction target = reversed.get(label);
        if (target.code() == BpfInstruction.RETURN) {
            int copy = place(target);
            returns.put(target.k(), copy);
            return copy;
        }
        return place(new BpfInstruction(BpfInstruction.JUMP, 0, 0, distance(label)));
    }

    private int place(BpfInstruction instruction) {
        reversed.add(instruction);
        return reversed.size() - 1;
    }

    /** The finished program without what no path reaches; execution starts with what was placed last. */
    BpfProgram program() {
        List<BpfInstruction> all = new ArrayList<>(reversed);
        Collections.reverse(all);
        int[] newPlace = new int[all.size() + 1];
        boolean[] reached = new boolean[all.size()];
        reached[0] = true;
        for (int at = 0; at < all.size(); at++) {
            newPlace[at + 1] = newPlace[at] + (reached[at] ? 1 : 0);
            BpfInstruction i = all.get(at);
            if (reached[at] && i.code() == BpfInstruction.JUMP) {
                reached[at + 1 + i.k()] = true;
            } else if (reached[at] && i.code() != BpfInstruction.RETURN) {
                reached[at + 1 + i.jumpTrue()] = true;
                reached[at + 1 + i.jumpFalse()] = true;
            }
        }
        List<BpfInstruction> kept = new ArrayList<>();
        for (int at = 0; at < all.size(); at++) {
            if (reached[at]) {
                kept.add(shortened(all.get(at), at + 1, newPlace));
            }
        }
        return new BpfProgram(kept);
    }

    private static BpfInstruction shortened(BpfInstruction i, int next, int[] newPlace) {
        if (i.code() == BpfInstruction.JUMP) {
            return new BpfInstruction(i.code(), 0, 0, newPlace[next + i.k()] - newPlace[next]);
        }
        return new BpfInstruction(
                i.code(),
                newPlace[next + i.jumpTrue()] - newPlace[next],
                newPlace[next + i.jumpFalse()] - newPlace[next],
                i.k());
    }
}
