package crosvm.vmm.bus;

/**
 * What a guest's access to a register can ask of the whole machine. Called on the accessing vCPU's thread with no lock
 * held; an implementation notes it and returns, and must not wait for the vCPUs to stop. The first one counts, and may be
 * followed by others before the vCPUs have stopped.
 */
public interface MachineEvents {
    /** The guest switched itself off (ACPI S5). */
    void powerOff();

    /** The guest asked for a reset. */
    void reset();

    /** The guest's kernel reports that it has panicked. */
    void panicked();
}
