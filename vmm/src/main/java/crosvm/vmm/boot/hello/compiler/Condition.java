package crosvm.vmm.boot.hello.compiler;

/** A processor condition after a comparison of unsigned numbers, by its number in Jcc and SETcc. */
enum Condition {
    BELOW(2),
    AT_LEAST(3),
    EQUAL(4),
    NOT_EQUAL(5),
    AT_MOST(6),
    ABOVE(7);

    final int code;

    Condition(int code) {
        this.code = code;
    }
}
