package crosvm.vmm.machine;

/**
 * How a machine ended.
 *
 * @param detail for people: what happened, with registers where the guest crashed; empty when the reason says it all
 */
public record Shutdown(Reason reason, String detail) {
    /** The reasons, in the order of precedence when several happen at once. */
    public enum Reason {
        /** Something of ours or of the host failed; {@link Shutdown#detail()} is the message for the user. */
        FAILED,
        /** The guest reported a kernel panic through pvpanic. */
        PANIC,
        /** A vCPU triple-faulted. */
        TRIPLE_FAULT,
        /** The guest asked for a reset. */
        RESET,
        /** The guest powered off. */
        POWER_OFF,
        /** Somebody outside asked the machine to stop; the guest was not told. */
        STOPPED,
        /** The guest was asked to shut down and had not in time; {@link Shutdown#detail()} says so for people. */
        FORCED_OFF,
        /** A signal ended this process, and the machine with it; {@link Shutdown#detail()} is its name. */
        SIGNAL
    }

    public static Shutdown of(Reason reason) {
        return new Shutdown(reason, "");
    }
}
