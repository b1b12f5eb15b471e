package crosvm.seccomp.policy;

/** A comparison of an argument with a constant. The ordering ones are unsigned, as minijail0(5) says. */
public enum Operator {
    EQ("=="),
    NE("!="),
    LT("<"),
    LE("<="),
    GT(">"),
    GE(">="),
    /** Some bit of the constant is set in the argument. */
    SET("&"),
    /** No bit outside the constant is set in the argument. */
    IN("in");

    private final String symbol;

    Operator(String symbol) {
        this.symbol = symbol;
    }

    public String symbol() {
        return symbol;
    }

    /** Whether it asks for an order, which has no sense for a negative constant because the order is unsigned. */
    public boolean isOrdering() {
        return this == LT || this == LE || this == GT || this == GE;
    }

    /** Whether the constant is a set of bits rather than a number. */
    public boolean isMask() {
        return this == SET || this == IN;
    }

    /** The answer for two values of the same width. */
    boolean test(long argument, long value) {
        return switch (this) {
            case EQ -> argument == value;
            case NE -> argument != value;
            case LT -> Long.compareUnsigned(argument, value) < 0;
            case LE -> Long.compareUnsigned(argument, value) <= 0;
            case GT -> Long.compareUnsigned(argument, value) > 0;
            case GE -> Long.compareUnsigned(argument, value) >= 0;
            case SET -> (argument & value) != 0;
            case IN -> (argument & ~value) == 0;
        };
    }
}
