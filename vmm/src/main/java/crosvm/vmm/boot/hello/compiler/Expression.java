package crosvm.vmm.boot.hello.compiler;

import java.util.List;

/**
 * Something a guest computes: an unsigned 64-bit number. Immutable; a comparison is 1 when it holds and 0 when not.
 * Static functions make leaves, methods combine.
 */
public abstract class Expression {
    /** Emits code that leaves the value in RAX, and everything but RAX, RCX and RDX as it was. */
    abstract void evaluate(Assembler code);

    /** Emits code for RCX, for values that need no other register; false when this one does. */
    boolean evaluateToRcx(Assembler code) {
        return false;
    }

    public static Expression number(long value) {
        return new Expression() {
            @Override
            void evaluate(Assembler code) {
                code.moveImmediate(Register.RAX, value);
            }

            @Override
            boolean evaluateToRcx(Assembler code) {
                code.moveImmediate(Register.RCX, value);
                return true;
            }
        };
    }

    /** The address of a zero-terminated text. */
    public static Expression text(String ascii) {
        return expression(code -> code.address(code.text(ascii)));
    }

    /** Where the routine or handler is. */
    public static Expression address(String routine) {
        return expression(code -> code.address(routine));
    }

    /** {@code size} bytes of memory, zero-extended. */
    public static Expression load(int size, Expression address) {
        return expression(code -> {
            address.evaluate(code);
            code.load(size);
        });
    }

    public static Expression load8(Expression address) {
        return load(1, address);
    }

    public static Expression load16(Expression address) {
        return load(2, address);
    }

    public static Expression load32(Expression address) {
        return load(4, address);
    }

    public static Expression load64(Expression address) {
        return load(8, address);
    }

    /** {@code size} bytes from an I/O port. */
    public static Expression portRead(int size, Expression port) {
        return expression(code -> {
            port.evaluate(code);
            code.move(Register.RDX, Register.RAX);
            code.portRead(size);
        });
    }

    /** What the routine returns. Arguments are evaluated in order. */
    public static Expression call(String routine, Expression... arguments) {
        List<Expression> all = List.of(arguments);
        return expression(code -> {
            for (Expression argument : all) {
                argument.evaluate(code);
                code.push(Register.RAX);
            }
            code.call(routine);
            if (!all.isEmpty()) {
                code.adjustStack(all.size() * Long.BYTES);
            }
        });
    }

    public Expression plus(Expression other) {
        return compute(Operator.ADD, other);
    }

    public Expression plus(long other) {
        return plus(number(other));
    }

    public Expression minus(Expression other) {
        return compute(Operator.SUBTRACT, other);
    }

    public Expression minus(long other) {
        return minus(number(other));
    }

    public Expression times(Expression other) {
        return compute(Operator.MULTIPLY, other);
    }

    public Expression times(long other) {
        return times(number(other));
    }

    public Expression dividedBy(long other) {
        return compute(Operator.DIVIDE, number(other));
    }

    public Expression and(long bits) {
        return compute(Operator.AND, number(bits));
    }

    /** 1 when both are 1; both are evaluated. */
    public Expression and(Expression condition) {
        return compute(Operator.AND, condition);
    }

    public Expression or(Expression other) {
        return compute(Operator.OR, other);
    }

    public Expression or(long bits) {
        return or(number(bits));
    }

    public Expression shiftLeft(long bits) {
        return compute(Operator.SHIFT_LEFT, number(bits));
    }

    public Expression shiftRight(long bits) {
        return shiftRight(number(bits));
    }

    public Expression shiftRight(Expression bits) {
        return compute(Operator.SHIFT_RIGHT, bits);
    }

    public Expression is(long other) {
        return compare(Condition.EQUAL, number(other));
    }

    public Expression is(Expression other) {
        return compare(Condition.EQUAL, other);
    }

    public Expression isNot(long other) {
        return compare(Condition.NOT_EQUAL, number(other));
    }

    public Expression isNot(Expression other) {
        return compare(Condition.NOT_EQUAL, other);
    }

    public Expression isBelow(Expression other) {
        return compare(Condition.BELOW, other);
    }

    public Expression isBelow(long other) {
        return isBelow(number(other));
    }

    public Expression isAbove(long other) {
        return compare(Condition.ABOVE, number(other));
    }

    private Expression compute(Operator operator, Expression right) {
        return binary(right, code -> code.compute(operator));
    }

    private Expression compare(Condition condition, Expression right) {
        return binary(right, code -> code.compare(condition));
    }

    /** This in RAX, the other operand in RCX, then {@code operation}. */
    private Expression binary(Expression right, Emitter operation) {
        return expression(code -> {
            evaluate(code);
            if (!right.evaluateToRcx(code)) {
                code.push(Register.RAX);
                right.evaluate(code);
                code.move(Register.RCX, Register.RAX);
                code.pop(Register.RAX);
            }
            operation.emit(code);
        });
    }

    private static Expression expression(Emitter emitter) {
        return new Expression() {
            @Override
            void evaluate(Assembler code) {
                emitter.emit(code);
            }
        };
    }

    private interface Emitter {
        void emit(Assembler code);
    }
}
