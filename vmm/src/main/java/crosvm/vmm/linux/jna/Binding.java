package crosvm.vmm.linux.jna;

/** Whether this process has bound {@link LibC}, which asking {@link LibC} itself would do. Any thread. */
public final class Binding {
    private static volatile boolean done;

    private Binding() {}

    static void finish() {
        done = true;
    }

    /** Whether it is bound. */
    public static boolean isDone() {
        return done;
    }
}
