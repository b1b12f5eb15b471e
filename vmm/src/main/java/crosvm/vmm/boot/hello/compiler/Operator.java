package crosvm.vmm.boot.hello.compiler;

/** Arithmetic on unsigned 64-bit numbers. */
enum Operator {
    ADD,
    SUBTRACT,
    MULTIPLY,
    DIVIDE,
    AND,
    OR,
    SHIFT_LEFT,
    SHIFT_RIGHT
}
