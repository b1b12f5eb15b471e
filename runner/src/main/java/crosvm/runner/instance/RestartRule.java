package crosvm.runner.instance;

import crosvm.schema.model.RestartPolicy;
import crosvm.vmm.machine.Shutdown;

/** Whether a machine that has ended is started again. */
final class RestartRule {
    private RestartRule() {}

    /** @param wanted whether somebody outside asked for the end */
    static boolean again(RestartPolicy policy, Shutdown.Reason reason, boolean wanted) {
        if (wanted) {
            return false;
        }
        return switch (policy) {
            case NO -> false;
            case ON_CRASH ->
                switch (reason) {
                    case FAILED, PANIC, TRIPLE_FAULT -> true;
                    default -> false;
                };
            case ALWAYS ->
                switch (reason) {
                    case STOPPED, FORCED_OFF, SIGNAL -> false;
                    default -> true;
                };
        };
    }
}
