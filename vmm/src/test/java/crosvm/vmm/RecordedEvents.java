package crosvm.vmm;

import crosvm.vmm.bus.MachineEvents;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Machine events by name, in their order. */
public final class RecordedEvents implements MachineEvents {
    public final List<String> seen = new CopyOnWriteArrayList<>();

    @Override
    public void powerOff() {
        seen.add("powerOff");
    }

    @Override
    public void reset() {
        seen.add("reset");
    }

    @Override
    public void panicked() {
        seen.add("panicked");
    }
}
