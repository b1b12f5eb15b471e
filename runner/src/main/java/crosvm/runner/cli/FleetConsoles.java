package crosvm.runner.cli;

import crosvm.runner.instance.StateFolder;
import crosvm.runner.report.FailedException;
import crosvm.runner.report.LogLines;
import crosvm.vmm.FailureReason;
import crosvm.vmm.console.ConsoleLogReader;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** The consoles of several machines on one terminal: each line with the machine's name before it, in a colour of its own. Used by one thread. */
final class FleetConsoles implements AutoCloseable {
    /** Cyan, yellow, green, magenta, blue, and the bright ones: red is for errors. */
    private static final int[] COLOURS = {36, 33, 32, 35, 34, 96, 93, 92, 95, 94};

    private final PrintStream out;
    private final List<Shown> shown = new ArrayList<>();

    private record Shown(ConsoleLogReader reader, LogLines lines) {}

    FleetConsoles(PrintStream out) {
        this.out = out;
    }

    /**
     * What stands before each line of a machine's.
     *
     * @param index the machine's place, which gives the colour
     */
    static String prefix(String name, int index, int width, boolean coloured) {
        String text = name + " ".repeat(Math.max(0, width - name.length())) + " | ";
        return coloured ? "\u001b[" + COLOURS[index % COLOURS.length] + "m" + text + "\u001b[0m" : text;
    }

    /** Shows one more machine's, from that time on. */
    void add(StateFolder folder, String prefix, Instant since) {
        shown.add(new Shown(new ConsoleLogReader(folder.consoleLog(), since, false), new LogLines(out, prefix, -1)));
    }

    /**
     * Shows what has come.
     *
     * @param whole whether nothing more is to come, so that lines which have not ended are shown too
     * @return whether anything has come
     */
    boolean pass(boolean whole) {
        boolean any = false;
        for (Shown one : shown) {
            try {
                any |= one.reader().read(one.lines());
                if (whole) {
                    one.lines().end();
                }
            } catch (IOException e) {
                throw new FailedException("a console's log cannot be read: " + FailureReason.of(e), e);
            }
        }
        out.flush();
        return any;
    }

    @Override
    public void close() {
        for (Shown one : shown) {
            try {
                one.reader().close();
            } catch (IOException e) {
                throw new FailedException("a console's log: " + FailureReason.of(e), e);
            }
        }
    }
}
