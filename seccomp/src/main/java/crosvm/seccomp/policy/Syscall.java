package crosvm.seccomp.policy;

/**
 * A system call of the x86-64 kernel.
 *
 * @param number what a program puts into rax
 * @param signature one letter for each argument: {@code i} where the kernel uses 32 bits of the register, {@code l}
 *     where it uses all 64
 */
public record Syscall(int number, String name, String signature) {

    public int argumentCount() {
        return signature.length();
    }

    /** Whether the kernel uses all 64 bits of an argument. */
    public boolean isWide(int argument) {
        return signature.charAt(argument) == 'l';
    }
}
