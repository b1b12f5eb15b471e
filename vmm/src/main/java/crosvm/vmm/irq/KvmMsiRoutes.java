package crosvm.vmm.irq;

import crosvm.vmm.VmmException;
import crosvm.vmm.event.EventFd;
import crosvm.vmm.kvm.KvmVm;
import crosvm.vmm.kvm.KvmVm.Route;
import crosvm.vmm.linux.ErrnoException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * KVM's interrupt routing table (KVM api.rst §4.52), which is only ever replaced as a whole: the pins of the interrupt
 * controllers, as PCs have them, and the messages of all connected routes. A message that nothing is connected to stays
 * out of the table until something is, so setting up a vector costs one replacement.
 */
public final class KvmMsiRoutes implements MsiRoutes {
    /** GSIs below are pins of the I/O APIC. */
    public static final int FIRST_GSI = 24;

    /** KVM_MAX_IRQ_ROUTES on x86, less the pins' routes. */
    private static final int MAX_MESSAGES = 4096 - 64;

    private static final int PIC_MASTER = 0;
    private static final int PIC_SLAVE = 1;
    private static final int IO_APIC = 2;
    private static final int PIC_PINS = 8;
    private static final int CASCADE = 2;
    private static final int TIMER = 0;
    /** Where PCs wire the timer to the I/O APIC; the MADT tells the guest with an interrupt source override. */
    private static final int TIMER_IO_APIC_PIN = 2;

    private final KvmVm vm;
    private final BitSet used = new BitSet();
    private final Map<Integer, Route.Msi> connected = new TreeMap<>();

    /** Sets the pins' routes. */
    public KvmMsiRoutes(KvmVm vm) {
        this.vm = vm;
        vm.setRouting(pins());
    }

    /** The interrupt controllers' pins: ISA interrupts reach PIC and I/O APIC, the others the I/O APIC only. */
    static List<Route> pins() {
        List<Route> routes = new ArrayList<>();
        for (int gsi = 0; gsi < FIRST_GSI; gsi++) {
            if (gsi == CASCADE) {
                continue; // The second PIC's place on the first; on the I/O APIC the timer's.
            }
            if (gsi < PIC_PINS) {
                routes.add(new Route.Pin(gsi, PIC_MASTER, gsi));
            } else if (gsi < 2 * PIC_PINS) {
                routes.add(new Route.Pin(gsi, PIC_SLAVE, gsi - PIC_PINS));
            }
            routes.add(new Route.Pin(gsi, IO_APIC, gsi == TIMER ? TIMER_IO_APIC_PIN : gsi));
        }
        return routes;
    }

    @Override
    public synchronized MsiRoute allocate() {
        return at(FIRST_GSI + used.nextClearBit(0));
    }

    /**
     * The message-signalled interrupt of a GSI.
     *
     * @param gsi {@value #FIRST_GSI} or more
     * @throws VmmException when there are not so many
     * @throws IllegalArgumentException when it is an interrupt pin's or in use
     */
    public synchronized MsiRoute at(int gsi) {
        int index = gsi - FIRST_GSI;
        if (index < 0 || used.get(index)) {
            throw new IllegalArgumentException("GSI " + gsi + " is a pin's or in use");
        }
        if (index >= MAX_MESSAGES) {
            throw new VmmException(
                    "all " + MAX_MESSAGES + " message-signalled interrupts are in use; use fewer devices");
        }
        used.set(index);
        return new KvmMsiRoute(gsi);
    }

    private synchronized boolean update(int gsi, Route.@Nullable Msi message) {
        Route.Msi before = message == null ? connected.remove(gsi) : connected.put(gsi, message);
        if (message == null || message.equals(before)) {
            return true; // A message that nothing sends does no harm in the kernel's table: it goes with the next
            // update.
        }
        List<Route> all = pins();
        all.addAll(connected.values());
        try {
            vm.setRouting(all);
            return true;
        } catch (ErrnoException e) {
            if (before == null) {
                connected.remove(gsi);
            } else {
                connected.put(gsi, before);
            }
            return false;
        }
    }

    private synchronized void free(int gsi) {
        connected.remove(gsi);
        used.clear(gsi - FIRST_GSI);
    }

    private final class KvmMsiRoute implements MsiRoute {
        private final int gsi;
        private final List<EventFd> calls = new ArrayList<>();
        private Route.@Nullable Msi message;

        private KvmMsiRoute(int gsi) {
            this.gsi = gsi;
        }

        @Override
        public boolean program(long address, int data) {
            Route.Msi wanted = new Route.Msi(gsi, address, data);
            if (!update(gsi, wanted)) {
                return false;
            }
            message = wanted;
            return true;
        }

        @Override
        public void connect(EventFd call) {
            if (message == null) {
                throw new IllegalStateException("GSI " + gsi + " connected before its message is known");
            }
            vm.assignIrqFd(call, gsi);
            calls.add(call);
        }

        @Override
        public void disconnect(EventFd call) {
            if (calls.remove(call)) {
                vm.deassignIrqFd(call, gsi);
            }
        }

        @Override
        public void close() {
            for (EventFd call : List.copyOf(calls)) {
                disconnect(call);
            }
            free(gsi);
        }
    }
}
