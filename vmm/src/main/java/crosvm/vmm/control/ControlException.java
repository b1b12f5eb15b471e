package crosvm.vmm.control;

import crosvm.vmm.VmmException;

/** A request that is not carried out. */
public final class ControlException extends VmmException {
    private static final long serialVersionUID = 1;

    private final ErrorCode code;

    /** @param message for people: what, which, why and what to do */
    public ControlException(ErrorCode code, String message) {
        super(message);
        this.code = code;
    }

    public ErrorCode code() {
        return code;
    }
}
