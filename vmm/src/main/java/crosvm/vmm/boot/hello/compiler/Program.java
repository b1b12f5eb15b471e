package crosvm.vmm.boot.hello.compiler;

import java.util.function.Consumer;

/**
 * A program for a bare x86-64 processor in 64-bit mode: routines that call each other by name. Its image is entered at
 * the first byte with an address in RSI, which becomes {@code main}'s one argument. Used by one thread.
 */
public final class Program {
    public static final String MAIN = "main";

    private final Assembler code = new Assembler();

    /** @param stackTop where the program's stack starts, growing down */
    public Program(long stackTop) {
        code.moveImmediate(Register.RSP, stackTop);
        code.pushEntryArgument();
        code.call(MAIN);
        code.halt();
    }

    /**
     * Compiles a routine.
     *
     * @param arguments how many it takes
     * @param body writes its statements
     */
    public void routine(String name, int arguments, Consumer<Routine> body) {
        code.label(name);
        code.push(Register.RBP);
        code.move(Register.RBP, Register.RSP);
        int frame = code.adjustStack(0);
        Routine routine = new Routine(code, arguments);
        body.accept(routine);
        code.patch(frame, -routine.frameSize());
        code.label(routine.end());
        code.move(Register.RSP, Register.RBP);
        code.pop(Register.RBP);
        code.returnToCaller();
    }

    /** An interrupt handler that does nothing, for {@link Expression#address}: the interrupted program goes on. */
    public void emptyHandler(String name) {
        code.label(name);
        code.returnFromInterrupt();
    }

    /**
     * The image, for any address.
     *
     * @throws IllegalArgumentException when a routine is called that is not there
     */
    public byte[] link() {
        return code.link();
    }
}
