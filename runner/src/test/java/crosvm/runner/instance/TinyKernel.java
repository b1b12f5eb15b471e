package crosvm.runner.instance;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Kernels of a few bytes, in a form that crosvm boots. */
final class TinyKernel {
    /** Writes R to COM1, then spins. */
    static final int[] SPIN = {0x66, 0xba, 0xf8, 0x03, 0xb0, 'R', 0xee, 0xeb, 0xfe};

    /** Writes R to COM1, then waits for the power button (PWRBTN_STS, ACPI 6.5 §4.8.4.1.1) and goes to S5. */
    static final int[] OBEYS_POWER_BUTTON = {
        0x66, 0xba, 0xf8, 0x03, 0xb0, 'R', 0xee, //
        0x66, 0xba, 0x00, 0x06, // mov dx, PM1a event port
        0x66, 0xed, 0xf6, 0xc4, 0x01, 0x74, 0xf9, // in ax, dx; test ah, 1; jz back
        0x66, 0xba, 0x04, 0x06, 0x66, 0xb8, 0x00, 0x34, 0x66, 0xef, // mov dx, PM1a control port; out SLP_EN and S5
        0xeb, 0xfe
    };

    /** Writes R to COM1, waits for a key from there, writes Q, and spins. */
    static final int[] ANSWERS_A_KEY = {
        0x66, 0xba, 0xf8, 0x03, 0xb0, 'R', 0xee, //
        0x66, 0xba, 0xfc, 0x03, 0xb0, 0x02, 0xee, // mov dx, COM1's modem control; out RTS
        0x66, 0xba, 0xfd, 0x03, // mov dx, COM1's line status
        0xec, 0xa8, 0x01, 0x74, 0xfb, // in al, dx; test al, 1 (data ready); jz back
        0x66, 0xba, 0xf8, 0x03, 0xec, 0xb0, 'Q', 0xee, //
        0xeb, 0xfe
    };

    /** lidt of an empty table, then ud2: a triple fault. */
    static final int[] CRASH = {0x6a, 0x00, 0x6a, 0x00, 0x0f, 0x01, 0x1c, 0x24, 0x0f, 0x0b};

    private static final int LOAD_ADDRESS = 0x100_0000;

    private TinyKernel() {}

    /** An ELF64 executable for x86-64 with one PT_LOAD segment, which starts with the code. */
    static byte[] elf(int[] code) {
        ByteBuffer elf = ByteBuffer.allocate(0x1000 + code.length).order(ByteOrder.LITTLE_ENDIAN);
        elf.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1}).position(16);
        elf.putShort((short) 2)
                .putShort((short) 62)
                .putInt(1)
                .putLong(LOAD_ADDRESS)
                .putLong(64)
                .putLong(0);
        elf.putInt(0).putShort((short) 64).putShort((short) 56).putShort((short) 1);
        elf.position(64);
        elf.putInt(1).putInt(5).putLong(0x1000).putLong(LOAD_ADDRESS).putLong(LOAD_ADDRESS);
        elf.putLong(code.length).putLong(code.length).putLong(0x1000);
        elf.position(0x1000);
        for (int b : code) {
            elf.put((byte) b);
        }
        return elf.array();
    }
}
