package crosvm.vmm.graph;

import java.util.List;

/**
 * A process that runs devices.
 *
 * @param kind whose program it is
 * @param name {@code vmm}, or the device's or group's name
 * @param devices the ids of the devices in it
 */
public record ProcessPlan(Kind kind, String name, List<String> devices) {
    /** Copies the list. */
    public ProcessPlan {
        devices = List.copyOf(devices);
    }

    /** Whose program a process runs. */
    public enum Kind {
        /** The main process: vCPUs, legacy devices and the devices placed on threads. */
        MAIN,
        /** A jailed process of ours. */
        JAIL,
        /** Somebody else's program. */
        FOREIGN
    }
}
