package crosvm.vmm.machine;

import crosvm.vmm.linux.Terminal;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.function.Consumer;
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
 * @param watcher gets the output too, on the port's own thread, and must not wait; null for none
 */
public record ConsoleTargets(
        @Nullable Terminal terminal,
        @Nullable WritableByteChannel output,
        @Nullable Path consoleLog,
        @Nullable Path consoleSocket,
        @Nullable Consumer<ByteBuffer> watcher) {
    /** A machine on the terminal and nowhere else. */
    public static ConsoleTargets onTerminal(Terminal terminal, WritableByteChannel output) {
        return new ConsoleTargets(terminal, output, null, null, null);
    }

    /** The same with a log and a socket for the console. */
    public ConsoleTargets with(Path log, Path socket) {
        return new ConsoleTargets(terminal, output, log, socket, watcher);
    }

    /** The same with somebody who watches the console. */
    public ConsoleTargets watchedBy(Consumer<ByteBuffer> who) {
        return new ConsoleTargets(terminal, output, consoleLog, consoleSocket, who);
    }
}
