package crosvm.runner.instance;

import crosvm.schema.model.EnumWord;

/** Where a machine is in its life, as far as its own process has written down. */
public enum Phase {
    /** Being made. */
    STARTING,
    /** In the guest, or suspended. */
    RUNNING,
    /** Ended, and waiting to be started again. */
    RESTARTING,
    /** Ended for good. */
    ENDED,
    /** Its process is gone and has not written down how it ended: killed, or the host crashed. Never written. */
    DIED;

    /** For people and programs: {@code running}. */
    public String word() {
        return EnumWord.of(this);
    }

    /** Whether there is a process. */
    public boolean isAlive() {
        return this == STARTING || this == RUNNING || this == RESTARTING;
    }
}
