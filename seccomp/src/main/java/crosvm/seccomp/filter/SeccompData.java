package crosvm.seccomp.filter;

import crosvm.seccomp.policy.SyscallTable;

/**
 * What a filter sees of a system call: struct seccomp_data in linux/seccomp.h.
 *
 * @param number the content of eax
 * @param architecture AUDIT_ARCH_*; it tells under which table {@code number} will be looked up
 */
public record SeccompData(
        int number,
        int architecture,
        long instructionPointer,
        long arg0,
        long arg1,
        long arg2,
        long arg3,
        long arg4,
        long arg5) {

    /** The 64-bit calling convention: EM_X86_64 | __AUDIT_ARCH_64BIT | __AUDIT_ARCH_LE. x32 has it too. */
    public static final int ARCH_X86_64 = 0xc000_003e;

    /** The 32-bit one (int 0x80, sysenter), which any 64-bit process may use as well. */
    public static final int ARCH_I386 = 0x4000_0003;

    /** The bit that x32 sets in a system call's number. */
    public static final int X32_BIT = 0x4000_0000;

    /** sizeof(struct seccomp_data). */
    public static final int SIZE = 64;

    static final int NUMBER_OFFSET = 0;
    static final int ARCHITECTURE_OFFSET = 4;
    static final int INSTRUCTION_POINTER_OFFSET = 8;
    static final int ARGUMENTS_OFFSET = 16;

    /** A 64-bit system call; arguments left out are 0. */
    public static SeccompData of(int number, long... arguments) {
        SeccompData data = new SeccompData(number, ARCH_X86_64, 0, 0, 0, 0, 0, 0, 0);
        for (int i = 0; i < arguments.length; i++) {
            data = data.withArgument(i, arguments[i]);
        }
        return data;
    }

    public SeccompData withArchitecture(int other) {
        return new SeccompData(number, other, instructionPointer, arg0, arg1, arg2, arg3, arg4, arg5);
    }

    public SeccompData withNumber(int other) {
        return new SeccompData(other, architecture, instructionPointer, arg0, arg1, arg2, arg3, arg4, arg5);
    }

    /** The same call with another content of one argument register, 0 to 5. */
    public SeccompData withArgument(int index, long value) {
        return new SeccompData(
                number,
                architecture,
                instructionPointer,
                index == 0 ? value : arg0,
                index == 1 ? value : arg1,
                index == 2 ? value : arg2,
                index == 3 ? value : arg3,
                index == 4 ? value : arg4,
                index == 5 ? value : arg5);
    }

    /** One argument register, 0 to 5. */
    public long argument(int index) {
        return switch (index) {
            case 0 -> arg0;
            case 1 -> arg1;
            case 2 -> arg2;
            case 3 -> arg3;
            case 4 -> arg4;
            case 5 -> arg5;
            default -> throw new IllegalArgumentException("argument " + index + " of 0..5");
        };
    }

    /** The 32-bit word a filter loads at a byte offset, little-endian halves and all. */
    int word(int offset) {
        if (offset == NUMBER_OFFSET) {
            return number;
        }
        if (offset == ARCHITECTURE_OFFSET) {
            return architecture;
        }
        long whole =
                offset < ARGUMENTS_OFFSET ? instructionPointer : argument((offset - ARGUMENTS_OFFSET) / Long.BYTES);
        return (int) (offset % Long.BYTES == 0 ? whole : whole >>> Integer.SIZE);
    }

    /** The call as a person reads it: {@code ioctl(0x3, 0x5401, 0x0, …)}, every register of the signature. */
    @Override
    public String toString() {
        int count = SyscallTable.byNumber(number).map(s -> s.argumentCount()).orElse(6);
        StringBuilder text = new StringBuilder(SyscallTable.nameOf(number)).append('(');
        for (int i = 0; i < count; i++) {
            text.append(i == 0 ? "0x" : ", 0x").append(Long.toHexString(argument(i)));
        }
        text.append(')');
        return architecture == ARCH_X86_64
                ? text.toString()
                : text + " for architecture 0x" + Integer.toHexString(architecture);
    }
}
