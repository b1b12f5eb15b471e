package crosvm.seccomp.policy;

/**
 * One comparison: {@code arg1 == 0x5401}.
 *
 * @param argument 0 to 5
 * @param wide whether the kernel uses all 64 bits of this argument. Where it uses an int it drops the upper half of the
 *     register, so the comparison must drop it too: {@code arg1 != TIOCSTI} on all 64 bits is passed by 0x100005412,
 *     which the kernel takes for TIOCSTI all the same.
 * @param value the constant; its upper half is zero when not {@code wide}
 * @param text the constant as the policy writes it
 */
public record Atom(int argument, boolean wide, Operator operator, long value, String text) {

    private static final long LOW_HALF = 0xffff_ffffL;

    /** Whether a register with this content satisfies the comparison. */
    public boolean test(long register) {
        return operator.test(wide ? register : register & LOW_HALF, value);
    }

    @Override
    public String toString() {
        return "arg" + argument + " " + operator.symbol() + " " + text;
    }
}
