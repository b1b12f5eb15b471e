package crosvm.runner.image;

import java.io.IOException;

/** A download that failed; the message says why, for the user, and goes on behind the URL. */
final class PullException extends IOException {
    private static final long serialVersionUID = 1;

    private final boolean passing;

    /** @param passing whether it may be over in a moment, so that another attempt is worth it */
    PullException(String message, boolean passing) {
        super(message);
        this.passing = passing;
    }

    boolean isPassing() {
        return passing;
    }
}
