package crosvm.vmm.device.serial;

import crosvm.vmm.bus.BusDevice;
import crosvm.vmm.console.PortInput;
import crosvm.vmm.console.PortOutput;
import crosvm.vmm.irq.InterruptLine;

/**
 * A 16550A UART with 16-byte FIFOs, infinitely fast: a byte written is sent at once, unless the output has no room; then
 * it waits in the transmit FIFO and THRE stays clear. Register semantics are those of the National Semiconductor
 * PC16550D data sheet (section numbers below are its).
 *
 * <p>Host input waits in a queue of {@value #INPUT_CAPACITY} characters until the receive FIFO has room, so nothing is
 * lost to overruns; and until the guest listens, which it says by raising RTS or enabling the receive interrupt. Linux
 * empties the FIFOs when it opens a port and raises RTS after that, so input piped in before the guest is up arrives.
 *
 * <p>Locking: registers, FIFOs and input queue are guarded by this object's monitor. vCPU threads access registers, input
 * threads call {@link #offer}, the output's thread tells of room. The interrupt line is driven under the
 * monitor, so that levels arrive in their order; the output is offered bytes under it, so an output never takes this
 * monitor inside its own lock.
 */
public final class Uart16550 implements BusDevice, PortInput {
    /** Ports a UART takes. */
    public static final int PORTS = 8;

    public static final int INPUT_CAPACITY = 1 << 16;

    private static final int FIFO_DEPTH = 16;
    private static final int[] TRIGGERS = {1, 4, 8, 14};
    /** Marks a break in a FIFO; the character itself is 0 then. */
    private static final int BREAK = 0x100;

    private static final int IER_RECEIVE = 1;
    private static final int IER_TRANSMIT = 2;
    private static final int IER_LINE_STATUS = 4;
    private static final int IER_MODEM = 8;
    private static final int IER_ALL = 0x0f;

    private static final int IIR_MODEM = 0x00;
    private static final int IIR_NONE = 0x01;
    private static final int IIR_TRANSMIT = 0x02;
    private static final int IIR_RECEIVE = 0x04;
    private static final int IIR_LINE_STATUS = 0x06;
    private static final int IIR_TIMEOUT = 0x0c;
    private static final int IIR_FIFOS_ON = 0xc0;

    private static final int FCR_ENABLE = 1;
    private static final int FCR_CLEAR_RECEIVE = 2;
    private static final int FCR_CLEAR_TRANSMIT = 4;

    private static final int LCR_DLAB = 0x80;

    private static final int LSR_DATA_READY = 0x01;
    private static final int LSR_OVERRUN = 0x02;
    private static final int LSR_BREAK = 0x10;
    private static final int LSR_TRANSMITTER_EMPTY = 0x60;
    private static final int LSR_ERROR_IN_FIFO = 0x80;

    private final PortOutput output;
    private final InterruptLine line;
    private final ModemLines modem = new ModemLines();
    private final CharFifo input = new CharFifo(INPUT_CAPACITY);
    private final CharFifo receive = new CharFifo(FIFO_DEPTH);
    private final CharFifo transmit = new CharFifo(FIFO_DEPTH);

    private int interruptEnable;
    private boolean fifosOn;
    private int trigger = 1;
    private int lineControl;
    private int scratch;
    private int divisor = 12; // 9600 baud
    private boolean overrun;
    private boolean transmitInterrupt;
    private boolean asserted;
    private boolean inputRefused;
    private Runnable inputHasRoom = () -> {};

    /** @param line the port's interrupt; raised while the UART has a reason to interrupt, lowered when it has none */
    public Uart16550(PortOutput output, InterruptLine line) {
        this.output = output;
        this.line = line;
        output.onRoom(this::outputHasRoom);
    }

    @Override
    public synchronized int offer(byte[] bytes, int offset, int length) {
        int taken = Math.min(length, input.room());
        for (int i = 0; i < taken; i++) {
            input.add(Byte.toUnsignedInt(bytes[offset + i]));
        }
        inputRefused |= taken < length;
        refill();
        updateLine();
        return taken;
    }

    /** The listener is called under this UART's monitor. */
    @Override
    public synchronized void onRoom(Runnable listener) {
        inputHasRoom = listener;
    }

    /** SysRq on a Linux serial console. Dropped when the queue is full. */
    @Override
    public synchronized void sendBreak() {
        input.add(BREAK);
        refill();
        updateLine();
    }

    private synchronized void outputHasRoom() {
        if (!transmit.isEmpty()) {
            send();
            updateLine();
        }
    }

    /** Wider accesses take the registers one after the other, as the ISA bus splits them. */
    @Override
    public synchronized long read(long offset, int size) {
        long value = 0;
        for (int i = 0; i < size; i++) {
            value |= (long) read((int) offset + i) << 8 * i;
        }
        return value;
    }

    @Override
    public synchronized void write(long offset, int size, long value) {
        for (int i = 0; i < size; i++) {
            write((int) offset + i, (int) (value >>> 8 * i) & 0xff);
        }
    }

    private int read(int register) {
        boolean dlab = (lineControl & LCR_DLAB) != 0;
        return switch (register) {
            case 0 -> dlab ? divisor & 0xff : receivedCharacter();
            case 1 -> dlab ? divisor >> 8 : interruptEnable;
            case 2 -> interruptIdentification();
            case 3 -> lineControl;
            case 4 -> modem.control();
            case 5 -> lineStatus();
            case 6 -> modemStatus();
            case 7 -> scratch;
            default -> 0xff;
        };
    }

    private void write(int register, int value) {
        boolean dlab = (lineControl & LCR_DLAB) != 0;
        switch (register) {
            case 0 -> {
                if (dlab) {
                    divisor = divisor & 0xff00 | value;
                } else {
                    transmitCharacter(value);
                }
            }
            case 1 -> {
                if (dlab) {
                    divisor = value << 8 | divisor & 0xff;
                } else {
                    setInterruptEnable(value & IER_ALL);
                }
            }
            case 2 -> setFifoControl(value);
            case 3 -> lineControl = value;
            case 4 -> {
                modem.setControl(value);
                refill();
            }
            case 7 -> scratch = value;
            default -> {
                // LSR and MSR are read-only (§8.6.3, §8.6.8: writing is for factory tests).
            }
        }
        updateLine();
    }

    private int receivedCharacter() {
        if (receive.isEmpty()) {
            return 0;
        }
        int character = receive.remove();
        refill();
        updateLine();
        return character & 0xff;
    }

    private void transmitCharacter(int value) {
        if (modem.loopback()) {
            // §8.6.7: what is sent is received at once. A full receiver keeps the FIFO and loses the newcomer.
            overrun |= receive.size() >= depth() || !receive.add(value);
            transmitInterrupt = true;
            return;
        }
        if (transmit.size() < depth()) { // A guest that writes without looking at THRE loses the byte, as on the chip.
            transmit.add(value);
        }
        transmitInterrupt = false;
        send();
    }

    private void send() {
        while (!transmit.isEmpty() && output.offer((byte) transmit.peek())) {
            transmit.remove();
        }
        if (transmit.isEmpty()) {
            transmitInterrupt = true;
        }
    }

    /** Enabling the THRE interrupt while the holding register is empty asks for one at once; Linux tests for this. */
    private void setInterruptEnable(int value) {
        boolean transmitEnabled = (value & ~interruptEnable & IER_TRANSMIT) != 0;
        interruptEnable = value;
        if (transmitEnabled && transmit.isEmpty()) {
            transmitInterrupt = true;
        }
        refill();
    }

    private void setFifoControl(int value) {
        boolean enable = (value & FCR_ENABLE) != 0;
        boolean changed = enable != fifosOn; // §8.6.4: changing modes clears both FIFOs.
        if (changed || (value & FCR_CLEAR_RECEIVE) != 0) {
            receive.clear();
        }
        if (changed || (value & FCR_CLEAR_TRANSMIT) != 0) {
            transmit.clear();
            transmitInterrupt = true;
        }
        fifosOn = enable;
        trigger = enable ? TRIGGERS[value >> 6] : 1;
        refill();
    }

    private int depth() {
        return fifosOn ? FIFO_DEPTH : 1;
    }

    /** Moves waiting input into the receive FIFO as long as there is room and the guest listens. */
    private void refill() {
        if (input.isEmpty() || modem.loopback() || (!modem.requestToSend() && (interruptEnable & IER_RECEIVE) == 0)) {
            return;
        }
        while (receive.size() < depth() && !input.isEmpty()) {
            receive.add(input.remove());
        }
        if (inputRefused && input.room() >= INPUT_CAPACITY / 2) { // Not for every character of a long text.
            inputRefused = false;
            inputHasRoom.run();
        }
    }

    /** Reading it takes back a transmit interrupt when that is the one reported (§8.6.6). */
    private int interruptIdentification() {
        int reason = interruptReason();
        if (reason == IIR_TRANSMIT) {
            transmitInterrupt = false;
            updateLine();
        }
        return reason | (fifosOn ? IIR_FIFOS_ON : 0);
    }

    /**
     * The reason of highest priority. Characters below the trigger level count as timed out at once: on a line without
     * a bit time four character times have always passed.
     */
    private int interruptReason() {
        if ((interruptEnable & IER_LINE_STATUS) != 0 && (overrun || breakOnTop())) {
            return IIR_LINE_STATUS;
        }
        if ((interruptEnable & IER_RECEIVE) != 0 && !receive.isEmpty()) {
            return receive.size() >= trigger ? IIR_RECEIVE : IIR_TIMEOUT;
        }
        if ((interruptEnable & IER_TRANSMIT) != 0 && transmitInterrupt) {
            return IIR_TRANSMIT;
        }
        return (interruptEnable & IER_MODEM) != 0 && modem.changed() ? IIR_MODEM : IIR_NONE;
    }

    private boolean breakOnTop() {
        return !receive.isEmpty() && (receive.peek() & BREAK) != 0;
    }

    private int lineStatus() {
        int status = transmit.isEmpty() ? LSR_TRANSMITTER_EMPTY : 0;
        if (!receive.isEmpty()) {
            status |= LSR_DATA_READY;
            if (breakOnTop()) {
                status |= LSR_BREAK;
                receive.unmark(BREAK);
            }
            if (fifosOn && (receive.anyMarked(BREAK) || (status & LSR_BREAK) != 0)) {
                status |= LSR_ERROR_IN_FIFO;
            }
        }
        if (overrun) {
            status |= LSR_OVERRUN;
            overrun = false;
        }
        updateLine();
        return status;
    }

    private int modemStatus() {
        int status = modem.takeStatus();
        updateLine();
        return status;
    }

    /**
     * The controller latches rising edges, so the line falls exactly when no reason is left and then rises anew. On PCs
     * OUT2 lets the interrupt through to the bus, so a driver's probing disturbs nobody.
     */
    private void updateLine() {
        boolean wanted = modem.interruptsReachBus() && interruptReason() != IIR_NONE;
        if (wanted != asserted) {
            asserted = wanted;
            line.set(wanted);
        }
    }
}
