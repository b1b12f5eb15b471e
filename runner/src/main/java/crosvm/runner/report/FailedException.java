package crosvm.runner.report;

/** A command that cannot do what was asked; the message is for the user, without a stack trace. */
public final class FailedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** The message says what, which, why and what to do. */
    public FailedException(String message) {
        super(message);
    }

    /** A message with the exception behind it. */
    public FailedException(String message, Throwable cause) {
        super(message, cause);
    }
}
