package crosvm.vmm.device.serial;

/**
 * The modem control and status registers of a UART whose other end is always there: DCD, DSR and CTS are up. In
 * loopback the outputs feed the inputs (PC16550D §8.6.7). Guarded by its UART's monitor.
 */
final class ModemLines {
    private static final int DTR = 0x01;
    private static final int RTS = 0x02;
    private static final int OUT1 = 0x04;
    private static final int OUT2 = 0x08;
    private static final int LOOP = 0x10;
    private static final int CONTROL_BITS = 0x1f;

    private static final int CTS = 0x10;
    private static final int DSR = 0x20;
    private static final int RI = 0x40;
    private static final int DCD = 0x80;

    private int control;
    private int inputs = DCD | DSR | CTS;
    private int deltas;

    int control() {
        return control;
    }

    boolean loopback() {
        return (control & LOOP) != 0;
    }

    boolean requestToSend() {
        return (control & RTS) != 0;
    }

    /** OUT2, which is held inactive outside the chip during loopback. */
    boolean interruptsReachBus() {
        return (control & (OUT2 | LOOP)) == OUT2;
    }

    void setControl(int value) {
        control = value & CONTROL_BITS;
        int now = loopback() ? loopedBack() : DCD | DSR | CTS;
        int changed = (now ^ inputs) & (CTS | DSR | DCD);
        deltas |= changed >> 4;
        deltas |= (inputs & ~now & RI) >> 4; // TERI: RI tells only of its trailing edge.
        inputs = now;
    }

    private int loopedBack() {
        return ((control & RTS) != 0 ? CTS : 0)
                | ((control & DTR) != 0 ? DSR : 0)
                | ((control & OUT1) != 0 ? RI : 0)
                | ((control & OUT2) != 0 ? DCD : 0);
    }

    /** Whether a line changed since the status was last read. */
    boolean changed() {
        return deltas != 0;
    }

    /** MSR; reading it clears the deltas. */
    int takeStatus() {
        int status = inputs | deltas;
        deltas = 0;
        return status;
    }
}
