package crosvm.vmm.control;

/**
 * Something a machine can be asked for. {@link #run} is called on the main loop and never waits: what takes long is begun
 * there, and {@link Reply} is used later.
 *
 * @param help one line for people: what it does and what it takes
 */
public record Operation(String help, Action action) {
    /** What it does. */
    @FunctionalInterface
    public interface Action {
        /**
         * Begins, and answers now or later, exactly once.
         *
         * @throws crosvm.vmm.VmmException instead of an answer; a {@link ControlException} has a code, others are "failed"
         */
        void run(Arguments arguments, Reply reply);
    }
}
