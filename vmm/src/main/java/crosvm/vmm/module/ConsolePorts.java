package crosvm.vmm.module;

import crosvm.vmm.console.PortInput;
import crosvm.vmm.console.PortOutput;

/** Where a machine's serial ports and virtio consoles lead, each by its device's id. Used by the thread that builds the machine. */
public interface ConsolePorts {
    /** Where a port's output goes. */
    PortOutput output(String id);

    /** Whether a port leads to a terminal that has a size. */
    boolean isTerminal(String id);

    /** Lets input flow to a port, from the terminal too if it leads there. */
    void connect(String id, PortInput port);
}
