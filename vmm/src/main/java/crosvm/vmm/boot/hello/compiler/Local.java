package crosvm.vmm.boot.hello.compiler;

/** A variable or argument of a routine, in its stack frame. {@link Routine} makes them and assigns to them. */
public final class Local extends Expression {
    private final int displacement;

    Local(int displacement) {
        this.displacement = displacement;
    }

    int displacement() {
        return displacement;
    }

    @Override
    void evaluate(Assembler code) {
        code.loadFrame(Register.RAX, displacement);
    }

    @Override
    boolean evaluateToRcx(Assembler code) {
        code.loadFrame(Register.RCX, displacement);
        return true;
    }
}
