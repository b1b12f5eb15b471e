package crosvm.vmm.device.i8042;

import crosvm.vmm.bus.Bus;
import crosvm.vmm.bus.BusDevice;
import crosvm.vmm.bus.MachineEvents;

/**
 * The 8042 keyboard controller of a PC with nothing plugged in (IBM PC/AT Technical Reference, "Keyboard Controller"). Its
 * use is the reset line. Every command that has an answer is answered at once, so a driver's probe meets no time-out, and
 * finds neither keyboard nor mouse.
 *
 * <p>Two windows of one port each, data at 0x60 and commands at 0x64; what lies between is not ours. Both are guarded by
 * this object's monitor; the reset is reported outside it.
 */
public final class I8042 {
    public static final int DATA_PORT = 0x60;
    public static final int COMMAND_PORT = 0x64;

    private static final int STATUS_OUTPUT_FULL = 0x01;
    private static final int STATUS_SYSTEM = 0x04;
    private static final int STATUS_COMMAND = 0x08;
    private static final int STATUS_UNLOCKED = 0x10;
    private static final int STATUS_TIMEOUT = 0x40;

    private static final int CONFIG_SYSTEM = 0x04;
    private static final int CONFIG_KEYBOARD_OFF = 0x10;
    private static final int CONFIG_AUX_OFF = 0x20;

    private static final int READ_RAM = 0x20;
    private static final int WRITE_RAM = 0x60;
    private static final int RAM_SIZE = 0x20;
    private static final int AUX_TEST = 0xa9;
    private static final int SELF_TEST = 0xaa;
    private static final int KEYBOARD_TEST = 0xab;
    private static final int KEYBOARD_OFF = 0xad;
    private static final int KEYBOARD_ON = 0xae;
    private static final int READ_INPUT_PORT = 0xc0;
    private static final int READ_OUTPUT_PORT = 0xd0;
    private static final int WRITE_OUTPUT_PORT = 0xd1;
    private static final int ECHO_KEYBOARD = 0xd2;
    private static final int ECHO_AUX = 0xd3;
    private static final int WRITE_AUX = 0xd4;
    private static final int PULSE_OUTPUT = 0xf0;

    private static final int SELF_TEST_PASSED = 0x55;
    private static final int CLOCK_LINE_LOW = 0x01;
    private static final int RESEND = 0xfe;
    private static final int NOT_RESET = 0x01;
    private static final int A20_ON = 0x02;
    private static final int KEYBOARD_NOT_LOCKED = 0x80;
    private static final int NO_COMMAND = -1;

    private final MachineEvents events;
    private final int[] ram = new int[RAM_SIZE];
    private int status = STATUS_SYSTEM | STATUS_UNLOCKED;
    private int output;
    private int waitingCommand = NO_COMMAND;

    public I8042(MachineEvents events) {
        this.events = events;
        ram[0] = CONFIG_SYSTEM | CONFIG_KEYBOARD_OFF | CONFIG_AUX_OFF;
    }

    /** Puts both windows at their ports. */
    public void addTo(Bus ports) {
        ports.add(DATA_PORT, 1, "i8042 data", new BusDevice() {
            @Override
            public long read(long offset, int size) {
                return takeOutput();
            }

            @Override
            public void write(long offset, int size, long value) {
                resetIf(writeData((int) value));
            }
        });
        ports.add(COMMAND_PORT, 1, "i8042 command", new BusDevice() {
            @Override
            public long read(long offset, int size) {
                return status();
            }

            @Override
            public void write(long offset, int size, long value) {
                resetIf(command((int) value));
            }
        });
    }

    private void resetIf(boolean pulled) {
        if (pulled) {
            events.reset();
        }
    }

    private synchronized int status() {
        return status;
    }

    private synchronized int takeOutput() {
        status &= ~(STATUS_OUTPUT_FULL | STATUS_TIMEOUT);
        return output;
    }

    private void answer(int value) {
        output = value;
        status = status & ~STATUS_TIMEOUT | STATUS_OUTPUT_FULL;
    }

    /** @return whether the reset line was pulled */
    private synchronized boolean command(int command) {
        status |= STATUS_COMMAND;
        waitingCommand = NO_COMMAND;
        if (command >= PULSE_OUTPUT) {
            return (command & NOT_RESET) == 0; // The low four bits say which output lines to leave alone.
        }
        if (command >= READ_RAM && command < READ_RAM + RAM_SIZE) {
            answer(ram[command - READ_RAM]);
            return false;
        }
        switch (command) {
            case SELF_TEST -> answer(SELF_TEST_PASSED);
            case KEYBOARD_TEST -> answer(0);
            case AUX_TEST -> answer(CLOCK_LINE_LOW); // There is no such port, as its disable bit also goes on telling.
            case READ_INPUT_PORT -> answer(KEYBOARD_NOT_LOCKED);
            case READ_OUTPUT_PORT -> answer(NOT_RESET | A20_ON);
            case KEYBOARD_OFF -> ram[0] |= CONFIG_KEYBOARD_OFF;
            case KEYBOARD_ON -> ram[0] &= ~CONFIG_KEYBOARD_OFF;
            default -> waitingCommand = takesData(command) ? command : NO_COMMAND;
        }
        return false;
    }

    private static boolean takesData(int command) {
        return (command >= WRITE_RAM && command < WRITE_RAM + RAM_SIZE)
                || (command >= WRITE_OUTPUT_PORT && command <= WRITE_AUX);
    }

    /** @return whether the reset line was pulled */
    private synchronized boolean writeData(int value) {
        status &= ~STATUS_COMMAND;
        int command = waitingCommand;
        waitingCommand = NO_COMMAND;
        switch (command) {
            case WRITE_OUTPUT_PORT -> {
                return (value & NOT_RESET) == 0;
            }
            case ECHO_KEYBOARD, ECHO_AUX -> answer(value); // Without the mark of the aux port, which there is not.
            case NO_COMMAND, WRITE_AUX -> {
                answer(RESEND);
                status |= STATUS_TIMEOUT; // Nobody took the byte.
            }
            case WRITE_RAM -> ram[0] = value | CONFIG_AUX_OFF;
            default -> ram[command - WRITE_RAM] = value;
        }
        return false;
    }
}
