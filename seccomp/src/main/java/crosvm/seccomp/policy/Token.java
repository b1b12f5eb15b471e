package crosvm.seccomp.policy;

/** A word or sign of a policy, and where it stands. */
record Token(Kind kind, String text, Mark mark) {

    enum Kind {
        WORD,
        NUMBER,
        SIGN,
        /** A directive with the rest of its line: {@code @include ./common_jvm.policy}. */
        DIRECTIVE,
        COMMENT,
        END_OF_LINE
    }

    boolean is(String sign) {
        return (kind == Kind.SIGN || kind == Kind.WORD) && text.equals(sign);
    }

    /** For a message. */
    String shown() {
        return kind == Kind.END_OF_LINE ? "the end of the line" : "'" + text + "'";
    }
}
