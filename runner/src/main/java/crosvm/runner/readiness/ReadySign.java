package crosvm.runner.readiness;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What shows that a guest is there. Used by one thread, but for {@link #close}. */
interface ReadySign extends AutoCloseable {
    /**
     * Looks for it.
     *
     * @param patienceMilliseconds how long it may wait, about
     * @return null when it is there; else what is missing, for people, in one line
     */
    @Nullable String look(int patienceMilliseconds) throws InterruptedException;

    /** Credentials that the guest needs for it, by name. */
    default Map<String, String> credentials() {
        return Map.of();
    }

    /** What the guest says of its state, for people, in one line; empty when it says nothing. */
    default String said() {
        return "";
    }

    @Override
    default void close() {}
}
