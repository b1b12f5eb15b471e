package crosvm.runner.ssh;

import java.lang.ProcessBuilder.Redirect;
import java.util.List;

/**
 * A command for a guest.
 *
 * @param words the program and its arguments, which no shell takes apart
 * @param user who runs it
 * @param terminal whether it gets one
 */
public record GuestProgram(List<String> words, String user, boolean terminal) {
    /** Copies the list. */
    public GuestProgram {
        words = List.copyOf(words);
    }

    /**
     * Runs it on this process's standard input, output and error.
     *
     * @return its status; 128 and the signal's number when a signal ended it
     * @throws UnreachableException when it has not run, or its end is not known
     */
    public int run(SshOptions options) {
        List<String> flags = List.of(terminal ? "-tt" : "-T", "-e", "none");
        try (SshSession session =
                SshSession.start(options, flags, user, ShellWords.exact(words), Redirect.INHERIT, Redirect.INHERIT)) {
            return session.await();
        }
    }
}
