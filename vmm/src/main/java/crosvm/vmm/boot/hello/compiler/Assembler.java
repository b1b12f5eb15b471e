package crosvm.vmm.boot.hello.compiler;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * Writes x86-64 instructions (Intel SDM vol. 2) as bytes. Only what {@link Expression} and {@link Routine} need: plain
 * integer instructions on RAX and RCX, which every KVM, interpreting ones too, can run. Jumps, calls and texts go by
 * label and are relative, so the code runs at any address. Used by one thread.
 */
final class Assembler {
    private static final int REX_W = 0x48;

    private byte[] bytes = new byte[4096];
    private int size;
    private final Map<String, Integer> labels = new HashMap<>();
    /** Where a 32-bit distance is to be put, and the label it leads to. */
    private final Map<Integer, String> distances = new TreeMap<>();

    private final Map<String, String> texts = new LinkedHashMap<>();
    private int nextLabel;

    /** A label that nobody else has. */
    String newLabel() {
        return "." + nextLabel++;
    }

    /** The label of the zero-terminated text, which {@link #link} puts behind the code. */
    String text(String ascii) {
        return texts.computeIfAbsent(ascii, t -> newLabel());
    }

    void label(String label) {
        if (labels.put(label, size) != null) {
            throw new IllegalArgumentException("label " + label + " stands twice");
        }
    }

    void moveImmediate(Register to, long value) {
        if (value >>> 32 == 0) { // A move to the lower half clears the upper.
            emit(0xb8 + to.ordinal());
            emitLittle(value, 4);
        } else {
            emit(REX_W, 0xb8 + to.ordinal());
            emitLittle(value, 8);
        }
    }

    void move(Register to, Register from) {
        emit(REX_W, 0x89, 0xc0 | from.ordinal() << 3 | to.ordinal());
    }

    /** {@code to = [RBP + displacement]}. */
    void loadFrame(Register to, int displacement) {
        emit(REX_W, 0x8b, 0x80 | to.ordinal() << 3 | Register.RBP.ordinal());
        emitLittle(displacement, 4);
    }

    void storeFrame(int displacement, Register from) {
        emit(REX_W, 0x89, 0x80 | from.ordinal() << 3 | Register.RBP.ordinal());
        emitLittle(displacement, 4);
    }

    /** {@code RAX = [RAX]}, {@code size} bytes, zero-extended. */
    void load(int size) {
        switch (size) {
            case 1 -> emit(0x0f, 0xb6, 0x00);
            case 2 -> emit(0x0f, 0xb7, 0x00);
            case 4 -> emit(0x8b, 0x00);
            default -> emit(REX_W, 0x8b, 0x00);
        }
    }

    /** {@code [RCX] = RAX}, {@code size} bytes. */
    void store(int size) {
        switch (size) {
            case 1 -> emit(0x88, 0x01);
            case 2 -> emit(0x66, 0x89, 0x01);
            case 4 -> emit(0x89, 0x01);
            default -> emit(REX_W, 0x89, 0x01);
        }
    }

    /** {@code RAX = RAX op RCX}. */
    void compute(Operator operator) {
        switch (operator) {
            case ADD -> emit(REX_W, 0x01, 0xc8);
            case SUBTRACT -> emit(REX_W, 0x29, 0xc8);
            case MULTIPLY -> emit(REX_W, 0x0f, 0xaf, 0xc1);
            case DIVIDE -> emit(0x31, 0xd2, REX_W, 0xf7, 0xf1); // RDX:RAX / RCX
            case AND -> emit(REX_W, 0x21, 0xc8);
            case OR -> emit(REX_W, 0x09, 0xc8);
            case SHIFT_LEFT -> emit(REX_W, 0xd3, 0xe0);
            case SHIFT_RIGHT -> emit(REX_W, 0xd3, 0xe8);
        }
    }

    /** {@code RAX = RAX condition RCX ? 1 : 0}. */
    void compare(Condition condition) {
        emit(REX_W, 0x39, 0xc8, 0x0f, 0x90 | condition.code, 0xc0, 0x0f, 0xb6, 0xc0);
    }

    void push(Register register) {
        emit(0x50 + register.ordinal());
    }

    void pop(Register register) {
        emit(0x58 + register.ordinal());
    }

    /** Pushes RSI, where the boot protocol puts the one argument of a program. */
    void pushEntryArgument() {
        emit(0x56);
    }

    /** {@code RAX = port RDX}, {@code size} bytes, zero-extended. */
    void portRead(int size) {
        switch (size) {
            case 1 -> emit(0xec, 0x0f, 0xb6, 0xc0);
            case 2 -> emit(0x66, 0xed, 0x0f, 0xb7, 0xc0);
            default -> emit(0xed);
        }
    }

    /** {@code port RDX = RAX}, {@code size} bytes. */
    void portWrite(int size) {
        switch (size) {
            case 1 -> emit(0xee);
            case 2 -> emit(0x66, 0xef);
            default -> emit(0xef);
        }
    }

    void call(String label) {
        emit(0xe8);
        distance(label);
    }

    void jump(String label) {
        emit(0xe9);
        distance(label);
    }

    /** Jumps when RAX is 0. */
    void jumpIfZero(String label) {
        emit(REX_W, 0x85, 0xc0, 0x0f, 0x80 | Condition.EQUAL.code);
        distance(label);
    }

    /** {@code RAX =} the label's address. */
    void address(String label) {
        emit(REX_W, 0x8d, 0x05);
        distance(label);
    }

    /** {@code RSP += bytes}; returns where the number stands, for {@link #patch}. */
    int adjustStack(int change) {
        emit(REX_W, 0x81, 0xc4);
        emitLittle(change, 4);
        return size - 4;
    }

    void patch(int at, int value) {
        int end = size;
        size = at;
        emitLittle(value, 4);
        size = end;
    }

    void returnToCaller() {
        emit(0xc3);
    }

    /** Lets interrupts in, waits for one, and shuts them out again: STI takes effect after HLT only, so none is missed. */
    void waitForInterrupt() {
        emit(0xfb, 0xf4, 0xfa);
    }

    /** Takes the interrupt table that the 10 bytes at RAX describe. */
    void loadInterruptTable() {
        emit(0x0f, 0x01, 0x18);
    }

    void returnFromInterrupt() {
        emit(REX_W, 0xcf);
    }

    /** Waits for an interrupt that never comes: interrupts are off. */
    void halt() {
        emit(0xfa, 0xf4);
    }

    /** Puts the texts behind the code, fills in all distances, and gives the image; its first byte is its entry. */
    byte[] link() {
        texts.forEach((text, label) -> {
            label(label);
            for (byte b : (text + "\0").getBytes(StandardCharsets.US_ASCII)) {
                emit(b);
            }
        });
        distances.forEach((at, label) -> {
            Integer target = labels.get(label);
            if (target == null) {
                throw new IllegalArgumentException("no routine or label " + label);
            }
            patch(at, target - (at + 4));
        });
        return Arrays.copyOf(bytes, size);
    }

    private void distance(String label) {
        distances.put(size, label);
        emitLittle(0, 4);
    }

    private void emit(int... code) {
        for (int b : code) {
            if (size == bytes.length) {
                bytes = Arrays.copyOf(bytes, 2 * size);
            }
            bytes[size++] = (byte) b;
        }
    }

    private void emitLittle(long value, int count) {
        for (int i = 0; i < count; i++) {
            emit((int) (value >>> 8 * i));
        }
    }
}
