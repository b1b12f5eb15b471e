package crosvm.runner.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * What a command reads and writes.
 *
 * @param in standard input
 * @param out what was asked for, in UTF-8 whatever the locale; flushed at the end
 * @param err what is said about it, in UTF-8; flushed at each line
 * @param environment the environment variables
 */
record Streams(InputStream in, PrintStream out, PrintStream err, Map<String, String> environment) {
    /** This process's own, with this standard output. */
    static Streams ofProcess(PrintStream out) {
        return new Streams(
                System.in,
                out,
                new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8),
                System.getenv());
    }

    /** Whether text may be coloured: standard output is a terminal that can, and the user does not mind (NO_COLOR). */
    boolean isTerminal() {
        String none = environment.getOrDefault("NO_COLOR", "");
        return none.isEmpty()
                && !"dumb".equals(environment.get("TERM"))
                && "1".equals(System.getProperty("crosvm.terminal"));
    }

    /** Whether standard error is a terminal, on which a line may be written over. */
    boolean showsProgress() {
        return !"dumb".equals(environment.get("TERM")) && "1".equals(System.getProperty("crosvm.progress"));
    }

    /** Whether the user wants to see stack traces. */
    boolean debug() {
        return "1".equals(environment.get("CROSVM_DEBUG"));
    }
}
