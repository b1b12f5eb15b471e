package crosvm.vmm.machine;

import crosvm.vmm.linux.Terminal;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where a machine's console leads besides what its spec says. The console is the port that the spec leads to the terminal,
 * else COM1: it also goes to the log and the socket, if given, and without a terminal only there.
 *
 * @param terminal standard input; null for a machine in the background. Stays the caller's
 * @param output standard output, likewise; written by a thread of the machine's
 * @param consoleLog file for {@link crosvm.vmm.console.ConsoleLogReader}; null for none
 * @param consoleSocket where programs may connect to the console, both ways, raw bytes, what is kept of the output first;
 *     null for none
 */
public record ConsoleTargets(
        @Nullable Terminal terminal,
        @Nullable WritableByteChannel output,
        @Nullable Path consoleLog,
        @Nullable Path consoleSocket) {
    /** A machine on the terminal and nowhere else. */
    public static ConsoleTargets onTerminal(Terminal terminal, WritableByteChannel output) {
        return new ConsoleTargets(terminal, output, null, null);
    }

    /** The same with a log and a socket for the console. */
    public ConsoleTargets with(Path log, Path socket) {
        return new ConsoleTargets(terminal, output, log, socket);
    }
}
