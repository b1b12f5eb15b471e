package crosvm.vmm.pci;

import crosvm.vmm.bus.Bus;
import crosvm.vmm.bus.BusDevice;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One device on the {@link PciBus}: its configuration space and BARs. All methods that the bus calls run under the bus's
 * lock, on the vCPU thread that accesses configuration space.
 */
public abstract class PciFunction {
    private static final int INTA = 1;

    private final String name;
    private final PciConfigSpace config;
    private final List<PciBar> bars = new ArrayList<>();
    private int nextBarIndex;
    private @Nullable Bus mmio;

    /** @param name for messages and listings */
    protected PciFunction(String name, PciIdentity identity) {
        this.name = name;
        this.config = new PciConfigSpace(identity);
    }

    public final String name() {
        return name;
    }

    public final PciConfigSpace config() {
        return config;
    }

    /** In the order they were added. */
    public final List<PciBar> bars() {
        return List.copyOf(bars);
    }

    /** A BAR below 4 GiB. */
    protected final PciBar addBar(long size, BusDevice device) {
        return addBar(size, false, device);
    }

    /** A prefetchable BAR that takes two registers and may lie above 4 GiB. */
    protected final PciBar addWideBar(long size, BusDevice device) {
        return addBar(size, true, device);
    }

    private PciBar addBar(long size, boolean wide, BusDevice device) {
        PciBar bar = new PciBar(config, nextBarIndex, size, wide, name, device);
        nextBarIndex += wide ? 2 : 1;
        bars.add(bar);
        return bar;
    }

    /** Says that the function drives INTA#, and what firmware would note about its routing. */
    protected final void setInterrupt(int gsi) {
        config.put(PciConfigSpace.INTERRUPT_PIN, 1, INTA);
        config.put(PciConfigSpace.INTERRUPT_LINE, 1, gsi);
    }

    final void attach(Bus mmioBus) {
        mmio = mmioBus;
        updateBars();
    }

    /** A guest's read: {@code size} is 1, 2 or 4. */
    protected long readConfig(int offset, int size) {
        long value = config.read(offset, size);
        int statusByte = PciConfigSpace.STATUS - offset;
        if (statusByte >= 0 && statusByte < size && interruptPending()) {
            value |= (long) PciConfigSpace.STATUS_INTERRUPT << 8 * statusByte;
        }
        return value;
    }

    /** A guest's write: {@code size} is 1, 2 or 4. */
    protected void writeConfig(int offset, int size, long value) {
        config.write(offset, size, value);
        updateBars();
    }

    private void updateBars() {
        for (int i = 0; i < bars.size(); i++) {
            PciBar bar = bars.get(i);
            if (bar.update(mmio)) {
                barMoved(i, bar.window());
            }
        }
    }

    /** @param address where BAR number {@code index} answers from now on, or {@link PciBar#NOT_DECODED} */
    protected void barMoved(int index, long address) {}

    /** Whether the function wants INTA#, whatever the command register says. Any thread. */
    protected boolean interruptPending() {
        return false;
    }
}
