package crosvm.runner.instance;

import crosvm.runner.report.FailedException;
import crosvm.schema.json.Json;
import crosvm.vmm.linux.OwnProcess;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import jdk.net.ExtendedSocketOptions;
import jdk.net.UnixDomainPrincipal;
import org.jspecify.annotations.Nullable;

/**
 * A connection to a running machine's control socket ({@link crosvm.vmm.control}). Used by one thread. Needs no native code,
 * so that commands which only ask are quick.
 */
public final class ControlClient implements AutoCloseable {
    /** A machine answers within milliseconds; one whose process is stopped (SIGSTOP) does not at all. */
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(10);

    private static final String ROOT = "root";
    private static final long MILLION = 1_000_000;

    private final String machine;
    private final SocketChannel channel;
    private final Selector selector;
    private final ByteBuffer received = ByteBuffer.allocate(16 << 10);
    private long requests;

    private ControlClient(String machine, SocketChannel channel, Selector selector) {
        this.machine = machine;
        this.channel = channel;
        this.selector = selector;
    }

    /** The machine has refused: {@link #code()} is the protocol's word for why. */
    public static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1;

        private final String code;

        private Refused(String code, String message) {
            super(message);
            this.code = code;
        }

        public String code() {
            return code;
        }
    }

    /** The connection has ended, and with it the machine. */
    public static final class Ended extends RuntimeException {
        private static final long serialVersionUID = 1;

        private Ended(String message) {
            super(message);
        }
    }

    /**
     * Connects.
     *
     * @param machine what the user called it, for messages
     * @throws FailedException when there is no such machine, or it may not be reached
     */
    public static ControlClient connect(String machine, Path socket) {
        SocketChannel channel = null;
        try {
            channel = SocketChannel.open(StandardProtocolFamily.UNIX);
            channel.connect(UnixDomainSocketAddress.of(socket));
            channel.configureBlocking(false);
            requireTrusted(machine, socket, channel.getOption(ExtendedSocketOptions.SO_PEERCRED));
            Selector selector = Selector.open();
            channel.register(selector, SelectionKey.OP_READ);
            return new ControlClient(machine, channel, selector);
        } catch (FailedException e) {
            closeQuietly(channel);
            throw e;
        } catch (IOException e) {
            closeQuietly(channel);
            throw new FailedException(whyNot(machine, socket, e), e);
        }
    }

    /** The other end is a process of ours, or of root; for root, at a path it gave itself, it may be anybody's. */
    private static void requireTrusted(String machine, Path socket, UnixDomainPrincipal peer) throws IOException {
        UserPrincipal us = Files.getOwner(ProcessKey.PROC.resolve(String.valueOf(OwnProcess.pid())));
        boolean trusted = peer.user().equals(us) || peer.user().getName().equals(ROOT);
        if (!trusted && !(us.getName().equals(ROOT) && machine.indexOf('/') >= 0)) {
            throw new FailedException(machine + ": user " + peer.user().getName() + " listens on " + socket
                    + ", not you, and would get what you ask and type");
        }
    }

    private static String whyNot(String machine, Path socket, IOException e) {
        boolean byName = machine.indexOf('/') < 0;
        String at = byName ? " (" + socket + ")" : "";
        if (!Files.exists(socket) || String.valueOf(e.getMessage()).contains("refused")) {
            return byName
                    ? machine + ": cannot be asked now" + at + ": it is just starting, restarting or ending. Try again"
                    : machine + ": is not running: no machine has its control socket there";
        }
        if (e instanceof SocketException && String.valueOf(e.getMessage()).contains("denied")) {
            return machine + ": belongs to another user" + at + ". Run this as that user";
        }
        return machine + ": cannot be reached" + at + ": " + e.getMessage();
    }

    /**
     * Asks and waits for the answer.
     *
     * @throws Refused with the machine's own words
     * @throws Ended when the machine ends before it answers
     * @throws FailedException when it does not answer in time, or not in our language
     */
    public Map<String, @Nullable Object> ask(String command, Map<String, ?> arguments) {
        return ask(command, arguments, ANSWER_TIMEOUT);
    }

    /** As {@link #ask(String, Map)}; a {@code patience} of null waits as long as the machine lives. */
    public Map<String, @Nullable Object> ask(String command, Map<String, ?> arguments, @Nullable Duration patience) {
        send(command, arguments);
        return receive(command, patience);
    }

    /**
     * Asks, and leaves the answer to {@link #receive}.
     *
     * @throws Ended when the machine has ended
     */
    public void send(String command, Map<String, ?> arguments) {
        Map<String, Object> request = new LinkedHashMap<>();
        request.put("version", 1);
        request.put("id", ++requests);
        request.put("command", command);
        request.put("arguments", arguments);
        try {
            send(ByteBuffer.wrap((Json.compact(request) + "\n").getBytes(StandardCharsets.UTF_8)));
        } catch (IOException e) {
            throw ended(command, e);
        }
    }

    /** The answer to what was {@linkplain #send sent} last; see {@link #ask(String, Map, Duration)}. */
    public Map<String, @Nullable Object> receive(String command, @Nullable Duration patience) {
        try {
            String line = receive(deadline(patience));
            if (line == null) {
                throw new Ended(machine + ": ended before it answered " + command);
            }
            return result(Json.readObject(line), requests);
        } catch (IOException e) {
            throw ended(command, e);
        } catch (Json.Malformed e) {
            throw new FailedException(machine + ": does not speak crosvm's protocol: " + e.getMessage(), e);
        }
    }

    private Ended ended(String command, IOException e) {
        return new Ended(machine + ": ended before it answered " + command + " (" + e.getMessage() + ")");
    }

    private static long deadline(@Nullable Duration patience) {
        return patience == null ? Long.MAX_VALUE : System.nanoTime() + patience.toNanos();
    }

    /**
     * Waits until the machine has let go of everything it had.
     *
     * @return false when it takes longer
     */
    public boolean awaitEnd(@Nullable Duration patience) {
        try {
            long deadline = deadline(patience);
            String line;
            do {
                line = receive(deadline);
            } while (line != null);
            return true;
        } catch (FailedException e) {
            return false;
        } catch (IOException e) {
            return true; // Reset: it is gone.
        }
    }

    private void send(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            if (channel.write(bytes) == 0) {
                throw new FailedException(machine + ": does not read requests");
            }
        }
    }

    /** The next line; null when the connection has ended. */
    private @Nullable String receive(long deadline) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        while (true) {
            received.flip();
            while (received.hasRemaining()) {
                byte next = received.get();
                if (next == '\n') {
                    received.compact();
                    return line.toString(StandardCharsets.UTF_8);
                }
                line.write(next);
            }
            received.clear();
            await(deadline);
            if (channel.read(received) < 0) {
                return null;
            }
        }
    }

    private void await(long deadline) throws IOException {
        long left = deadline == Long.MAX_VALUE ? 0 : (deadline - System.nanoTime()) / MILLION;
        if (left < 0 || deadline != Long.MAX_VALUE && left == 0) {
            throw new FailedException(machine
                    + ": does not answer. Its process may be stopped or very busy; look for it with ps, or try again");
        }
        selector.select(left);
        selector.selectedKeys().clear();
    }

    @SuppressWarnings("unchecked")
    private Map<String, @Nullable Object> result(Map<String, @Nullable Object> answer, long id) {
        if (answer.get("error") instanceof Map<?, ?> error) {
            throw new Refused(String.valueOf(error.get("code")), String.valueOf(error.get("message")));
        }
        if (answer.get("result") instanceof Map<?, ?> result && Long.valueOf(id).equals(answer.get("id"))) {
            return (Map<String, @Nullable Object>) result;
        }
        throw new FailedException(machine + ": does not speak crosvm's protocol: it answers " + Json.compact(answer));
    }

    private static void closeQuietly(@Nullable AutoCloseable resource) {
        try {
            if (resource != null) {
                resource.close();
            }
        } catch (Exception e) {
            return; // There is nothing more to lose.
        }
    }

    @Override
    public void close() {
        closeQuietly(selector);
        closeQuietly(channel);
    }
}
