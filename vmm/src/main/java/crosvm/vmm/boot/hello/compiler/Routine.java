package crosvm.vmm.boot.hello.compiler;

/**
 * The body of a routine while it is written: each call emits a statement. Arguments come on the stack, the result leaves
 * in RAX; a routine that does not say {@link #returns} returns whatever is there. Handed to the writer by {@link
 * Program#routine}, valid only inside that call.
 */
public final class Routine {
    /** Return address and the caller's RBP lie between the frame's base and the arguments. */
    private static final int ARGUMENTS_AT = 2 * Long.BYTES;

    private final Assembler code;
    private final int arguments;
    private final String end;
    private int locals;

    Routine(Assembler code, int arguments) {
        this.code = code;
        this.arguments = arguments;
        this.end = code.newLabel();
    }

    /** Bytes of the frame that the locals so far need. */
    int frameSize() {
        return locals * Long.BYTES;
    }

    String end() {
        return end;
    }

    /** The argument with this number, from 0. */
    public Local argument(int index) {
        return new Local(ARGUMENTS_AT + (arguments - 1 - index) * Long.BYTES);
    }

    /** A new variable with a first value. */
    public Local local(Expression value) {
        locals++;
        Local local = new Local(-locals * Long.BYTES);
        set(local, value);
        return local;
    }

    public Local local(long value) {
        return local(Expression.number(value));
    }

    public void set(Local local, Expression value) {
        value.evaluate(code);
        code.storeFrame(local.displacement(), Register.RAX);
    }

    /** Adds to a variable. */
    public void add(Local local, long amount) {
        set(local, local.plus(amount));
    }

    /** Writes the low {@code size} bytes of {@code value} to memory. */
    public void store(int size, Expression address, Expression value) {
        address.evaluate(code);
        code.push(Register.RAX);
        value.evaluate(code);
        code.pop(Register.RCX);
        code.store(size);
    }

    public void store8(Expression address, Expression value) {
        store(1, address, value);
    }

    public void store16(Expression address, Expression value) {
        store(2, address, value);
    }

    public void store16(Expression address, long value) {
        store(2, address, Expression.number(value));
    }

    public void store32(Expression address, Expression value) {
        store(4, address, value);
    }

    public void store32(Expression address, long value) {
        store(4, address, Expression.number(value));
    }

    public void store64(Expression address, Expression value) {
        store(8, address, value);
    }

    public void portWrite(int size, Expression port, Expression value) {
        value.evaluate(code);
        code.push(Register.RAX);
        port.evaluate(code);
        code.move(Register.RDX, Register.RAX);
        code.pop(Register.RAX);
        code.portWrite(size);
    }

    public void call(String routine, Expression... callArguments) {
        Expression.call(routine, callArguments).evaluate(code);
    }

    /** Runs {@code then} when the condition is not 0. */
    public void when(Expression condition, Runnable then) {
        String skip = code.newLabel();
        condition.evaluate(code);
        code.jumpIfZero(skip);
        then.run();
        code.label(skip);
    }

    public void whenElse(Expression condition, Runnable then, Runnable otherwise) {
        String other = code.newLabel();
        String done = code.newLabel();
        condition.evaluate(code);
        code.jumpIfZero(other);
        then.run();
        code.jump(done);
        code.label(other);
        otherwise.run();
        code.label(done);
    }

    public void loopWhile(Expression condition, Runnable body) {
        String top = code.newLabel();
        String done = code.newLabel();
        code.label(top);
        condition.evaluate(code);
        code.jumpIfZero(done);
        body.run();
        code.jump(top);
        code.label(done);
    }

    /** Leaves the routine with this result. */
    public void returns(Expression value) {
        value.evaluate(code);
        code.jump(end);
    }

    public void returns(long value) {
        returns(Expression.number(value));
    }

    /** Waits until an interrupt has come; they are off before and after. */
    public void waitForInterrupt() {
        code.waitForInterrupt();
    }

    /** Takes the interrupt table whose limit (2 bytes) and address (8 bytes) are at {@code descriptor}. */
    public void loadInterruptTable(Expression descriptor) {
        descriptor.evaluate(code);
        code.loadInterruptTable();
    }

    /** Stops the processor for good. */
    public void halt() {
        code.halt();
    }
}
