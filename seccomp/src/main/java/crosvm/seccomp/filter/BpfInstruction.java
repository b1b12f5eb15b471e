package crosvm.seccomp.filter;

/**
 * One instruction of classic BPF: struct sock_filter in linux/filter.h.
 *
 * @param code operation, 16 bits
 * @param jumpTrue instructions to skip when a condition holds, 0 to 255
 * @param jumpFalse instructions to skip when it does not, 0 to 255
 * @param k the operand
 */
public record BpfInstruction(int code, int jumpTrue, int jumpFalse, int k) {

    /** A = the word at byte offset k of the data: BPF_LD | BPF_W | BPF_ABS. */
    public static final int LOAD = 0x20;
    /** Skip k instructions: BPF_JMP | BPF_JA. */
    public static final int JUMP = 0x05;
    /** A == k: BPF_JMP | BPF_JEQ | BPF_K. */
    public static final int JUMP_EQUAL = 0x15;
    /** A &gt; k unsigned: BPF_JMP | BPF_JGT | BPF_K. */
    public static final int JUMP_GREATER = 0x25;
    /** A &gt;= k unsigned: BPF_JMP | BPF_JGE | BPF_K. */
    public static final int JUMP_GREATER_EQUAL = 0x35;
    /** (A &amp; k) != 0: BPF_JMP | BPF_JSET | BPF_K. */
    public static final int JUMP_SET = 0x45;
    /** End with the value k: BPF_RET | BPF_K. */
    public static final int RETURN = 0x06;

    /** The reach of a conditional jump. */
    public static final int MAX_JUMP = 255;

    /** sizeof(struct sock_filter). */
    public static final int SIZE = 8;

    boolean isConditional() {
        return code == JUMP_EQUAL || code == JUMP_GREATER || code == JUMP_GREATER_EQUAL || code == JUMP_SET;
    }
}
