package crosvm.vmm.event;

/** Waits that an interrupt does not cut short: what is waited for is sure to come, and the caller cannot go on without. */
public final class Uninterruptibly {
    private Uninterruptibly() {}

    /** A wait that may be begun again. */
    @FunctionalInterface
    public interface Wait {
        void run() throws InterruptedException;
    }

    /** Waits to the end; the thread's interrupt, if one came, is raised again afterwards. */
    public static void run(Wait wait) {
        boolean interrupted = false;
        while (true) {
            try {
                wait.run();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
