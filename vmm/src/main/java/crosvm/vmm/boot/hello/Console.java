package crosvm.vmm.boot.hello;

import static crosvm.vmm.boot.hello.compiler.Expression.call;
import static crosvm.vmm.boot.hello.compiler.Expression.load8;
import static crosvm.vmm.boot.hello.compiler.Expression.number;
import static crosvm.vmm.boot.hello.compiler.Expression.portRead;
import static crosvm.vmm.boot.hello.compiler.Expression.text;

import crosvm.vmm.boot.hello.compiler.Expression;
import crosvm.vmm.boot.hello.compiler.Local;
import crosvm.vmm.boot.hello.compiler.Program;
import crosvm.vmm.boot.hello.compiler.Routine;

/** The hello guest's output: COM1, a 16550 with its FIFO on, and numbers as text. */
final class Console {
    private static final Expression DATA = number(0x3f8);
    private static final Expression FIFO_CONTROL = number(0x3fa);
    private static final Expression LINE_CONTROL = number(0x3fb);
    private static final Expression LINE_STATUS = number(0x3fd);
    private static final int EIGHT_BITS = 0x03;
    private static final int ENABLE_AND_CLEAR = 0x07;
    private static final int TRANSMITTER_EMPTY = 0x20;
    private static final int FIFO_DEPTH = 16;

    /** One byte: how many more characters the FIFO takes before the line status is to be asked. */
    private static final Expression ROOM = number(HelloGuest.VARIABLES);

    private Console() {}

    /** Emits a call that prints a fixed text. */
    static void print(Routine r, String text) {
        r.call("print", text(text));
    }

    static void addTo(Program program) {
        program.routine("openConsole", 0, r -> {
            r.portWrite(1, LINE_CONTROL, number(EIGHT_BITS));
            r.portWrite(1, FIFO_CONTROL, number(ENABLE_AND_CLEAR));
            r.store8(ROOM, number(0));
        });
        program.routine("printCharacter", 1, r -> {
            r.when(load8(ROOM).is(0), () -> {
                r.loopWhile(portRead(1, LINE_STATUS).and(TRANSMITTER_EMPTY).is(0), () -> {});
                r.store8(ROOM, number(FIFO_DEPTH));
            });
            r.portWrite(1, DATA, r.argument(0));
            r.store8(ROOM, load8(ROOM).minus(1));
        });
        program.routine(
                "print",
                1,
                r -> { // (address of a zero-terminated text)
                    Local at = r.argument(0);
                    r.loopWhile(load8(at).isNot(0), () -> {
                        r.call("printCharacter", load8(at));
                        r.add(at, 1);
                    });
                });
        program.routine("printDecimal", 1, r -> {
            Local value = r.argument(0);
            Local tens = r.local(value.dividedBy(10));
            r.when(tens.isNot(0), () -> r.call("printDecimal", tens));
            r.call("printCharacter", value.minus(tens.times(10)).plus('0'));
        });
        program.routine(
                "printHex",
                2,
                r -> { // (value, digits)
                    Local value = r.argument(0);
                    Local shift = r.local(r.argument(1).times(4));
                    r.loopWhile(shift.isNot(0), () -> {
                        r.add(shift, -4);
                        r.call(
                                "printCharacter",
                                call("hexDigit", value.shiftRight(shift).and(0xf)));
                    });
                });
        program.routine("hexDigit", 1, r -> {
            Local value = r.argument(0);
            r.when(value.isBelow(10), () -> r.returns(value.plus('0')));
            r.returns(value.plus('a' - 10));
        });
        program.routine("printBytes", 2, Console::printBytes);
        program.routine("printAscii", 2, Console::printAscii);
    }

    /** {@code printBytes(address, count)}: in hexadecimal. */
    private static void printBytes(Routine r) {
        Local at = r.argument(0);
        Local left = r.argument(1);
        r.loopWhile(left.isNot(0), () -> {
            print(r, " ");
            r.call("printHex", load8(at), number(2));
            r.add(at, 1);
            r.add(left, -1);
        });
    }

    /** {@code printAscii(address, count)}: characters, a dot for those that cannot be printed. */
    private static void printAscii(Routine r) {
        Local at = r.argument(0);
        Local left = r.argument(1);
        r.loopWhile(left.isNot(0), () -> {
            Local c = r.local(load8(at));
            r.when(c.isBelow(' ').or(c.isAbove('~')), () -> r.set(c, number('.')));
            r.call("printCharacter", c);
            r.add(at, 1);
            r.add(left, -1);
        });
    }
}
