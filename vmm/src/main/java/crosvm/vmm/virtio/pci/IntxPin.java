package crosvm.vmm.virtio.pci;

import crosvm.vmm.irq.InterruptLine;

/**
 * The ISR status register and the INTA# wire it drives (virtio 1.2 §4.1.4.5): reading it clears it and lets go of the
 * wire. Any thread; its own lock, below which no other is taken.
 */
final class IntxPin {
    static final int QUEUE = 1;
    static final int CONFIGURATION = 2;

    private final InterruptLine line;
    private int isr;
    private boolean active;
    private boolean disabled;
    private boolean asserted;

    IntxPin(InterruptLine line) {
        this.line = line;
    }

    synchronized void raise(int bit) {
        if (active) { // A source that has just been switched over to MSI-X, or reset, is late.
            isr |= bit;
            drive();
        }
    }

    synchronized int readAndClear() {
        int value = isr;
        isr = 0;
        drive();
        return value;
    }

    /** Whether interrupts go this way at all. */
    synchronized void setActive(boolean on) {
        active = on;
        if (!on) {
            isr = 0;
        }
        drive();
    }

    /** The command register's Interrupt Disable bit. */
    synchronized void setDisabled(boolean on) {
        disabled = on;
        drive();
    }

    synchronized boolean pending() {
        return isr != 0;
    }

    private void drive() {
        boolean level = isr != 0 && !disabled;
        if (level != asserted) {
            asserted = level;
            line.set(level);
        }
    }
}
