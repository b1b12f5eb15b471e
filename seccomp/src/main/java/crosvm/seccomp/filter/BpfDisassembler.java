package crosvm.seccomp.filter;

import crosvm.seccomp.policy.Action;
import crosvm.seccomp.policy.SyscallTable;
import java.util.List;

/** Shows a filter to a person: one line for each instruction, jump targets as line numbers, system calls by name. */
public final class BpfDisassembler {

    private BpfDisassembler() {}

    public static String disassemble(BpfProgram program) {
        StringBuilder text = new StringBuilder();
        List<BpfInstruction> instructions = program.instructions();
        int word = -1;
        for (int at = 0; at < instructions.size(); at++) {
            BpfInstruction instruction = instructions.get(at);
            if (instruction.code() == BpfInstruction.LOAD) {
                word = instruction.k();
            }
            text.append(pad(at))
                    .append("  ")
                    .append(line(instruction, at, word))
                    .append('\n');
        }
        return text.toString();
    }

    private static String pad(int number) {
        String digits = Integer.toString(number);
        return " ".repeat(Math.max(0, 4 - digits.length())) + digits;
    }

    private static String line(BpfInstruction instruction, int at, int word) {
        int k = instruction.k();
        return switch (instruction.code()) {
            case BpfInstruction.LOAD -> "load " + wordName(k);
            case BpfInstruction.JUMP -> "goto " + (at + 1 + k);
            case BpfInstruction.RETURN -> Action.fromReturnValue(k).toString();
            default -> condition(instruction, at, word);
        };
    }

    private static String condition(BpfInstruction instruction, int at, int word) {
        String operator = switch (instruction.code()) {
            case BpfInstruction.JUMP_EQUAL -> " == ";
            case BpfInstruction.JUMP_GREATER -> " > ";
            case BpfInstruction.JUMP_GREATER_EQUAL -> " >= ";
            default -> " & ";
        };
        String test = "if " + wordName(word) + operator + constant(word, instruction.k());
        String yes = instruction.jumpTrue() == 0 ? "" : " goto " + (at + 1 + instruction.jumpTrue());
        String no = instruction.jumpFalse() == 0 ? "" : " else goto " + (at + 1 + instruction.jumpFalse());
        return test + (yes.isEmpty() ? " go on" : yes) + no;
    }

    private static String constant(int word, int k) {
        String hex = "0x" + Integer.toHexString(k);
        if (word == SeccompData.ARCHITECTURE_OFFSET) {
            return k == SeccompData.ARCH_X86_64 ? "x86_64" : hex;
        }
        if (word == SeccompData.NUMBER_OFFSET) {
            return k == SeccompData.X32_BIT
                    ? "x32"
                    : SyscallTable.byNumber(k)
                            .map(s -> s.name() + " (" + k + ")")
                            .orElse(Integer.toString(k));
        }
        return hex;
    }

    /** A word after a jump from elsewhere is the one its last load names: the compiler keeps that true. */
    private static String wordName(int offset) {
        return switch (offset) {
            case SeccompData.NUMBER_OFFSET -> "nr";
            case SeccompData.ARCHITECTURE_OFFSET -> "arch";
            case SeccompData.INSTRUCTION_POINTER_OFFSET -> "ip.low";
            case SeccompData.INSTRUCTION_POINTER_OFFSET + Integer.BYTES -> "ip.high";
            default -> {
                int inside = offset - SeccompData.ARGUMENTS_OFFSET;
                yield "arg" + inside / Long.BYTES + (inside % Long.BYTES == 0 ? ".low" : ".high");
            }
        };
    }
}
