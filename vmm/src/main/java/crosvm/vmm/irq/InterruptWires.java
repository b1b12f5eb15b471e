package crosvm.vmm.irq;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntFunction;

/**
 * The wires into the interrupt controllers, by GSI. Devices that share one (COM1 and COM3, PCI slots eight apart) each
 * get an input of their own, and the wire is up as long as any of them holds it up. Any thread.
 */
public final class InterruptWires {
    private final IntFunction<InterruptLine> wires;
    private final Map<Integer, Wire> byGsi = new ConcurrentHashMap<>();

    /** @param wires gives the wire itself of a GSI, asked once for each */
    public InterruptWires(IntFunction<InterruptLine> wires) {
        this.wires = wires;
    }

    /** A new input to the wire of {@code gsi}, low. */
    public InterruptLine input(int gsi) {
        return byGsi.computeIfAbsent(gsi, g -> new Wire(wires.apply(g))).input();
    }

    /** Guarded by its monitor, also while the wire is driven, so that levels arrive in their order. */
    private static final class Wire {
        private final InterruptLine line;
        private int holders;

        Wire(InterruptLine line) {
            this.line = line;
        }

        InterruptLine input() {
            return new InterruptLine() {
                private boolean held;

                @Override
                public void set(boolean asserted) {
                    synchronized (Wire.this) {
                        if (asserted != held) {
                            held = asserted;
                            change(asserted ? 1 : -1);
                        }
                    }
                }
            };
        }

        private void change(int by) {
            boolean before = holders > 0;
            holders += by;
            boolean after = holders > 0;
            if (before != after) {
                line.set(after);
            }
        }
    }
}
