package crosvm.vmm.control;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Where an {@link Operation} puts its answer, once. Any thread. */
public interface Reply {
    /** It is done. */
    void result(Map<String, ?> result);

    /** It cannot be done. */
    void error(ErrorCode code, String message);

    /** Whether the client has gone: the answer will reach nobody, and whoever keeps replies can drop this one. */
    boolean isGone();

    /** It is done, and there is nothing to tell. */
    default void done() {
        result(Map.<String, @Nullable Object>of());
    }
}
