package crosvm.seccomp.filter;

import crosvm.seccomp.policy.Action;
import java.util.List;

/** Runs a filter without a kernel. */
public final class BpfInterpreter {

    private BpfInterpreter() {}

    /** What the filter decides about a system call. */
    public static Action run(BpfProgram program, SeccompData data) {
        return Action.fromReturnValue(returnValue(program, data));
    }

    /** The filter's return value, action and data. Ends always: jumps only lead forward. */
    public static int returnValue(BpfProgram program, SeccompData data) {
        List<BpfInstruction> instructions = program.instructions();
        int accumulator = 0;
        int at = 0;
        while (true) {
            BpfInstruction instruction = instructions.get(at++);
            switch (instruction.code()) {
                case BpfInstruction.LOAD -> accumulator = data.word(instruction.k());
                case BpfInstruction.JUMP -> at += instruction.k();
                case BpfInstruction.RETURN -> {
                    return instruction.k();
                }
                default -> at += holds(instruction, accumulator) ? instruction.jumpTrue() : instruction.jumpFalse();
            }
        }
    }

    private static boolean holds(BpfInstruction instruction, int accumulator) {
        int k = instruction.k();
        return switch (instruction.code()) {
            case BpfInstruction.JUMP_EQUAL -> accumulator == k;
            case BpfInstruction.JUMP_GREATER -> Integer.compareUnsigned(accumulator, k) > 0;
            case BpfInstruction.JUMP_GREATER_EQUAL -> Integer.compareUnsigned(accumulator, k) >= 0;
            case BpfInstruction.JUMP_SET -> (accumulator & k) != 0;
            default -> throw new IllegalStateException("not a condition: " + instruction);
        };
    }
}
