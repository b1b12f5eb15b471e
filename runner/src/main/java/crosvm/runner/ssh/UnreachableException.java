package crosvm.runner.ssh;

/** A guest that cannot be reached; the message names the broken link and what to do about it. */
public final class UnreachableException extends RuntimeException {
    private static final long serialVersionUID = 1;

    UnreachableException(String message) {
        super(message);
    }

    UnreachableException(String message, Throwable cause) {
        super(message, cause);
    }
}
