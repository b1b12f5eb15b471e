package crosvm.seccomp.filter;

import crosvm.seccomp.policy.PolicyException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * A program the kernel would take as a seccomp filter; the constructor checks what seccomp_check_filter() in
 * kernel/seccomp.c and bpf_check_classic() in net/core/filter.c check, for the operations this package uses.
 */
public record BpfProgram(List<BpfInstruction> instructions) {

    /** BPF_MAXINSNS. */
    public static final int MAX_INSTRUCTIONS = 4096;

    public BpfProgram {
        instructions = List.copyOf(instructions);
        int size = instructions.size();
        if (size == 0 || size > MAX_INSTRUCTIONS) {
            throw new PolicyException("a filter of " + size + " instructions: the kernel takes 1 to " + MAX_INSTRUCTIONS
                    + "; use fewer or simpler rules");
        }
        for (int at = 0; at < size; at++) {
            check(instructions.get(at), at, size);
        }
        if (instructions.get(size - 1).code() != BpfInstruction.RETURN) {
            throw new IllegalArgumentException("the filter does not end with a return");
        }
    }

    private static void check(BpfInstruction instruction, int at, int size) {
        int left = size - at - 1;
        boolean good = switch (instruction.code()) {
            case BpfInstruction.LOAD ->
                instruction.k() >= 0 && instruction.k() < SeccompData.SIZE && instruction.k() % Integer.BYTES == 0;
            case BpfInstruction.JUMP -> instruction.k() >= 0 && instruction.k() < left;
            case BpfInstruction.RETURN -> true;
            default ->
                instruction.isConditional()
                        && inReach(instruction.jumpTrue(), left)
                        && inReach(instruction.jumpFalse(), left);
        };
        if (!good) {
            throw new IllegalArgumentException("instruction " + at + " of " + size + " is invalid: " + instruction);
        }
    }

    private static boolean inReach(int jump, int left) {
        return jump >= 0 && jump <= BpfInstruction.MAX_JUMP && jump < left;
    }

    public int size() {
        return instructions.size();
    }

    /** The program as an array of struct sock_filter. */
    public byte[] toBytes() {
        ByteBuffer buffer = ByteBuffer.allocate(size() * BpfInstruction.SIZE).order(ByteOrder.LITTLE_ENDIAN);
        for (BpfInstruction instruction : instructions) {
            buffer.putShort((short) instruction.code());
            buffer.put((byte) instruction.jumpTrue()).put((byte) instruction.jumpFalse());
            buffer.putInt(instruction.k());
        }
        return buffer.array();
    }
}
