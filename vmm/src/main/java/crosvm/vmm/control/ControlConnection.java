package crosvm.vmm.control;

import crosvm.vmm.VmmException;
import crosvm.vmm.event.EventLoop;
import crosvm.vmm.linux.BareLog;
import crosvm.vmm.linux.Errno;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.linux.UnixSocket;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One client of the control socket: reads a request, has it carried out, writes the answer, and only then reads on, so that it
 * never holds more than one of each. Belongs to the main loop.
 */
final class ControlConnection {
    private static final Logger LOG = BareLog.of(ControlConnection.class);

    /** Steps at a time, so that a client who never pauses leaves room for the others. */
    private static final int STEPS_PER_TURN = 16;

    private final UnixSocket socket;
    private final EventLoop loop;
    private final Map<String, Operation> operations;
    private final ControlLimits limits;
    private final NativeBuffer scratch;
    private final Consumer<ControlConnection> onEnd;
    private final LineBuffer input;
    private final EventLoop.Watch watch;
    private byte @Nullable [] output;
    private int written;
    private boolean busy;
    private boolean inTurn;
    private boolean inputEnded;
    private boolean lastAnswer;
    private long lastUse = System.nanoTime();
    private volatile boolean ended;
    private EventLoop.@Nullable Timer deadline;

    /**
     * @param socket taken over
     * @param scratch shared by all conversations of the loop
     * @param onEnd told once the connection is closed
     */
    ControlConnection(
            UnixSocket socket,
            EventLoop loop,
            Map<String, Operation> operations,
            ControlLimits limits,
            NativeBuffer scratch,
            Consumer<ControlConnection> onEnd) {
        this.socket = socket;
        this.loop = loop;
        this.operations = operations;
        this.limits = limits;
        this.scratch = scratch;
        this.onEnd = onEnd;
        input = new LineBuffer(limits.requestBytes());
        int interest = EventLoop.READABLE | EventLoop.WRITABLE | EventLoop.PEER_CLOSED | EventLoop.EDGE_TRIGGERED;
        watch = loop.watch(socket.fd(), interest, this::ready);
    }

    private void ready(int events) {
        if (busy && (events & EventLoop.BROKEN) != 0) {
            end(); // Nobody reads the answer any more.
        } else {
            takeTurn();
        }
    }

    private void takeTurn() {
        inTurn = true;
        boolean more = true;
        for (int i = 0; i < STEPS_PER_TURN && more; i++) {
            more = step();
        }
        inTurn = false;
        if (more) {
            loop.post(this::takeTurn);
        }
        watchTheTime();
    }

    /** One step; false when the next one has to wait for the client or for an operation. */
    private boolean step() {
        if (ended) {
            return false;
        }
        if (output != null) {
            return write(output);
        }
        if (lastAnswer) {
            end();
            return false;
        }
        if (busy) {
            return false;
        }
        byte[] line = input.next();
        if (line != null) {
            answer(line);
            return true;
        }
        if (input.isTooLong()) {
            sayLast(
                    ErrorCode.TOO_LARGE,
                    "the request has more than " + limits.requestBytes() + " bytes; none that is served has");
            return true;
        }
        if (inputEnded) {
            end();
            return false;
        }
        return read();
    }

    /** Whether it has asked for nothing that is not answered yet. */
    boolean isIdle() {
        return !busy && output == null && input.isEmpty();
    }

    /** When it last sent or took a byte, in {@link System#nanoTime}'s sense. */
    long lastUse() {
        return lastUse;
    }

    /** Hangs up, with a word of why where it takes one at once. */
    void dismiss(ErrorCode code, String message) {
        if (output == null) {
            sayLast(code, message);
        }
        end();
    }

    private boolean read() {
        List<Fd> unwanted = new ArrayList<>(0);
        long got = socket.receive(scratch, 0, Math.min(scratch.size(), input.room()), unwanted);
        unwanted.forEach(Fd::close);
        if (got > 0) {
            lastUse = System.nanoTime();
            input.add(scratch, (int) got);
        } else if (got == 0) {
            inputEnded = true; // It may still read what it has asked for.
        } else if (got == -Errno.EAGAIN.code()) {
            return false;
        } else if (got != -Errno.EINTR.code()) {
            end();
            return false;
        }
        return true;
    }

    private boolean write(byte[] bytes) {
        int piece = Math.min(scratch.size(), bytes.length - written);
        scratch.bytes().put(0, bytes, written, piece);
        long sent = socket.send(scratch, 0, piece, List.of());
        if (sent >= 0) {
            lastUse = System.nanoTime();
            written += (int) sent;
            if (written == bytes.length) {
                output = null;
                setDeadline(null);
            }
        } else if (sent == -Errno.EAGAIN.code()) {
            return false;
        } else if (sent != -Errno.EINTR.code()) {
            end();
            return false;
        }
        return true;
    }

    private void say(String line) {
        output = line.getBytes(StandardCharsets.UTF_8);
        written = 0;
    }

    /** For one that is hung up on. */
    void sayLast(ErrorCode code, String message) {
        say(ControlRequest.error(null, code, message));
        lastAnswer = true;
        if (!inTurn) {
            takeTurn();
        }
    }

    private void answer(byte[] line) {
        ControlRequest request;
        try {
            request = ControlRequest.parse(line, line.length);
        } catch (ControlRequest.Refused e) {
            say(e.answer());
            return;
        }
        Answer answer = new Answer(request.id());
        busy = true;
        try {
            Operation operation = operations.get(request.command());
            if (operation == null) {
                throw new ControlException(
                        ErrorCode.UNKNOWN_COMMAND,
                        "command " + request.command() + ": unknown command; known: "
                                + String.join(", ", operations.keySet()));
            }
            request.arguments().declare(operation.arguments());
            operation.run(request.arguments(), answer);
        } catch (ControlException e) {
            answer.error(e.code(), String.valueOf(e.getMessage()));
        } catch (VmmException e) {
            answer.error(ErrorCode.FAILED, String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            LOG.log(Level.WARNING, "control command " + request.command() + ": internal error", e);
            answer.error(ErrorCode.FAILED, request.command() + ": internal error: " + e);
        }
    }

    /** One request's place for its answer. */
    private final class Answer implements Reply {
        private final @Nullable Object id;
        private final AtomicBoolean given = new AtomicBoolean();

        private Answer(@Nullable Object id) {
            this.id = id;
        }

        @Override
        public void result(Map<String, ?> result) {
            give(ControlRequest.result(id, result));
        }

        @Override
        public void error(ErrorCode code, String message) {
            give(ControlRequest.error(id, code, message));
        }

        @Override
        public boolean isGone() {
            return ended;
        }

        private void give(String line) {
            if (given.compareAndSet(false, true)) {
                loop.post(() -> {
                    busy = false;
                    say(line);
                    if (!inTurn) {
                        takeTurn();
                    }
                });
            }
        }
    }

    /** Half a request and half an answer may stay only so long; an idle connection may stay. */
    private void watchTheTime() {
        boolean half = output != null || !busy && !input.isEmpty();
        if (!half || ended) {
            setDeadline(null);
        } else if (deadline == null) {
            setDeadline(loop.after(limits.timeoutMilliseconds(), this::tooSlow));
        }
    }

    private void setDeadline(EventLoop.@Nullable Timer timer) {
        if (deadline != null) {
            deadline.close();
        }
        deadline = timer;
    }

    private void tooSlow() {
        deadline = null;
        if (output != null || lastAnswer) {
            end();
        } else {
            sayLast(
                    ErrorCode.TOO_SLOW,
                    "the rest of the request did not arrive within " + limits.timeoutMilliseconds() / 1000
                            + " s; a request ends" + " with a line feed");
        }
    }

    /** Hangs up. */
    void end() {
        if (!ended) {
            ended = true;
            setDeadline(null);
            watch.close();
            socket.close();
            onEnd.accept(this);
        }
    }
}
