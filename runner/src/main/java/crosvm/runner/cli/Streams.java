package crosvm.runner.cli;

import crosvm.vmm.hosting.WaitingDevices;
import crosvm.vmm.linux.Terminal;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a command reads and writes, and what was prepared for it.
 *
 * @param in standard input
 * @param out what was asked for, in UTF-8 whatever the locale; flushed at the end
 * @param err what is said about it, in UTF-8; flushed at each line
 * @param environment the environment variables
 * @param devices processes for the devices of the machine that it runs, begun by this thread; null when none were
 */
record Streams(
        InputStream in,
        PrintStream out,
        PrintStream err,
        Map<String, String> environment,
        @Nullable WaitingDevices devices) {
    private static final int STANDARD_OUTPUT = 1;

    /** What is narrower, if it tells the truth at all, is not worth folding for. */
    private static final int MIN_COLUMNS = 40;

    Streams(InputStream in, PrintStream out, PrintStream err, Map<String, String> environment) {
        this(in, out, err, environment, null);
    }

    /** This process's own, with this standard output. */
    static Streams ofProcess(PrintStream out) {
        return new Streams(
                System.in,
                out,
                new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8),
                System.getenv());
    }

    /** The same for a command that may run its machine with these. */
    Streams with(WaitingDevices waiting) {
        return new Streams(in, out, err, environment, waiting);
    }

    /** The same with one more environment variable. */
    Streams with(String name, String value) {
        Map<String, String> more = new HashMap<>(environment);
        more.put(name, value);
        return new Streams(in, out, err, more, devices);
    }

    /** Whether text may be coloured: standard output is a terminal that can, and the user does not mind (NO_COLOR). */
    boolean isTerminal() {
        String none = environment.getOrDefault("NO_COLOR", "");
        return none.isEmpty()
                && !"dumb".equals(environment.get("TERM"))
                && "1".equals(System.getProperty("crosvm.terminal"));
    }

    /** How wide text may be: as wide as the terminal that standard output is; unbounded elsewhere. */
    int columns() {
        if (!"1".equals(System.getProperty("crosvm.terminal"))) {
            return Integer.MAX_VALUE;
        }
        try (Terminal terminal = Terminal.of(STANDARD_OUTPUT)) {
            Terminal.Size size = terminal.size();
            return size == null || size.columns() < MIN_COLUMNS ? Integer.MAX_VALUE : size.columns();
        }
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
