package crosvm.runner.readiness;

import crosvm.vmm.PrintableText;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Makes lines of text of what a guest writes on its console, without the terminal's control sequences: what a pattern is looked
 * for in, and what can be shown in a message whatever it is. Used by one thread at a time.
 */
public final class ConsoleLines {
    /** A longer line is cut: the guest decides how long it gets. */
    private static final int MAX_LINE = 4096;

    private static final Pattern SEQUENCE = Pattern.compile(
            "(\u001b\\[|\u009b)[0-?]*[ -/]*[@-~]|\u001b[\\]P^_][^\u0007\u001b]*(\u0007|\u001b\\\\)?|\u001b.");

    private final ByteArrayOutputStream open = new ByteArrayOutputStream();

    /** One more byte; the line that ends with it, or null. */
    public @Nullable String add(byte next) {
        if (next != '\n') {
            open.write(next);
        }
        if (next == '\n' || open.size() == MAX_LINE) {
            String line = open();
            open.reset();
            return line;
        }
        return null;
    }

    /** The line that has not ended yet; empty when there is none. */
    public String open() {
        return PrintableText.line(
                SEQUENCE.matcher(open.toString(StandardCharsets.UTF_8)).replaceAll(""), "");
    }
}
