package crosvm.vmm.operation;

import java.util.function.Consumer;

/** What can be done with a guest as a whole. Belongs to the main loop; nothing here waits. */
public interface GuestControl {
    /** Where the vCPUs are. */
    enum State {
        RUNNING,
        SUSPENDING,
        SUSPENDED
    }

    /**
     * How a machine has ended.
     *
     * @param reason a word for programs: {@code power-off}
     * @param detail for people; empty when the reason says it all
     */
    record End(String reason, String detail) {}

    State state();

    /** Whether the machine's end is decided: it comes soon. */
    boolean isEnding();

    /** @param done called when no vCPU is in the guest any more; never when the machine ends before */
    void suspend(Runnable done);

    /** @param done called when the vCPUs may go on; after the suspending that is under way, if any */
    void resume(Runnable done);

    /** Presses the ACPI power button, for as long as a finger does. */
    void pressPowerButton();

    /** Somebody wants the machine to end, now or soon: it is not to be started again afterwards. */
    void announceEnd();

    /** Ends the machine; the guest is not told. */
    void end();

    /**
     * The same for a guest that has not done what it was asked.
     *
     * @param why for people: {@code the guest did not …}
     */
    void forceOff(String why);

    /** @param listener called once, when the machine has ended and its resources are still there */
    void onEnd(Consumer<End> listener);
}
