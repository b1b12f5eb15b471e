package crosvm.vmm;

import java.util.Objects;

/**
 * The engine's one unchecked exception: the host, a file or a request cannot be served. The message says what, which,
 * why and what to do; it is shown to users as it stands, without a stack trace. Mistakes of the guest never take this
 * form outside the worker or transport that met them.
 */
public class VmmException extends RuntimeException {
    public VmmException(String message) {
        super(message);
    }

    public VmmException(String message, Throwable cause) {
        super(message, cause);
    }

    /** Never null, unlike others'. */
    @Override
    public String getMessage() {
        return Objects.requireNonNull(super.getMessage());
    }
}
