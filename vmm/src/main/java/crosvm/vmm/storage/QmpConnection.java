package crosvm.vmm.storage;

import crosvm.schema.json.Json;
import crosvm.vmm.PrintableText;
import crosvm.vmm.linux.Errno;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.linux.UnixSocket;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A conversation with a monitor by the QEMU Machine Protocol (QEMU's docs/interop/qmp-spec): a JSON object a line, one command
 * at a time. The other side has seen what guests write and may be hostile: its answers are bounded in length, number and time.
 * Any thread; one waits for another's command to be answered.
 */
public final class QmpConnection implements AutoCloseable {
    /** The longest line that is read, in bytes. */
    private static final int MAX_LINE = 1 << 20;

    private static final int CHUNK = 1 << 16;
    private static final long NANOS_PER_MILLISECOND = 1_000_000;

    private final UnixSocket socket;
    private final int timeoutMilliseconds;
    private final NativeBuffer chunk = NativeBuffer.allocate(CHUNK);
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    /** Numbers them, by which answers are known. */
    private long requests;

    private int taken;
    private int received;

    /**
     * @param socket taken over
     * @param timeoutMilliseconds the longest wait for one answer
     */
    public QmpConnection(UnixSocket socket, int timeoutMilliseconds) {
        this.socket = socket;
        this.timeoutMilliseconds = timeoutMilliseconds;
    }

    /**
     * Waits for the greeting and begins.
     *
     * @return QEMU's version, major before minor
     * @throws QmpException when it is not a monitor that answers
     */
    public synchronized List<Long> begin() {
        long deadline = deadline();
        Map<String, @Nullable Object> greeting = read(deadline);
        if (!(greeting.get("QMP") instanceof Map<?, ?> qmp)
                || !(qmp.get("version") instanceof Map<?, ?> version)
                || !(version.get("qemu") instanceof Map<?, ?> qemu)
                || !(qemu.get("major") instanceof Long major)
                || !(qemu.get("minor") instanceof Long minor)) {
            throw new QmpException("it does not greet as a QMP monitor does");
        }
        execute("qmp_capabilities", Map.of());
        return List.of(major, minor);
    }

    /**
     * Has a command carried out.
     *
     * @return what it returns: a map, a list, or null
     * @throws QmpException with the monitor's own words when it refuses, or when it has ended or does not answer
     */
    public synchronized @Nullable Object execute(String command, Map<String, ?> arguments) {
        long deadline = deadline();
        Map<String, Object> request = new LinkedHashMap<>();
        request.put("execute", command);
        String id = String.valueOf(++requests);
        request.put("id", id);
        if (!arguments.isEmpty()) {
            request.put("arguments", arguments);
        }
        send((Json.compact(request) + "\n").getBytes(StandardCharsets.UTF_8), deadline);
        while (true) {
            Map<String, @Nullable Object> answer = read(deadline);
            if (!id.equals(answer.get("id"))) {
                continue; // An event, or the late answer to a command that was given up.
            }
            if (answer.containsKey("return")) {
                return answer.get("return");
            }
            if (answer.get("error") instanceof Map<?, ?> error) {
                throw new QmpException(PrintableText.of(String.valueOf(error.get("desc"))));
            }
        }
    }

    private long deadline() {
        return System.nanoTime() + timeoutMilliseconds * NANOS_PER_MILLISECOND;
    }

    private static int left(long deadline) {
        return (int) Math.max(0, (deadline - System.nanoTime()) / NANOS_PER_MILLISECOND);
    }

    private void send(byte[] bytes, long deadline) {
        NativeBuffer data = NativeBuffer.allocate(bytes.length);
        data.bytes().put(0, bytes);
        for (int sent = 0; sent < bytes.length; ) {
            long result = socket.send(data, sent, bytes.length - sent, List.of());
            if (result > 0) {
                sent += (int) result;
            } else if (result == -Errno.EAGAIN.code()) {
                if (!socket.awaitWritable(left(deadline))) {
                    throw silent();
                }
            } else if (result != -Errno.EINTR.code()) {
                throw ended();
            }
        }
    }

    private Map<String, @Nullable Object> read(long deadline) {
        line.reset();
        while (true) {
            if (taken == received) {
                receive(deadline);
            }
            byte next = chunk.bytes().get(taken++);
            if (next == '\n') {
                return parse(line.toString(StandardCharsets.UTF_8));
            }
            line.write(next);
            if (line.size() > MAX_LINE) {
                throw new QmpException("it sends a line of more than " + MAX_LINE + " bytes");
            }
        }
    }

    private static Map<String, @Nullable Object> parse(String text) {
        try {
            return Json.readObject(text);
        } catch (Json.Malformed e) {
            throw new QmpException("it does not send JSON: " + e.getMessage());
        }
    }

    private void receive(long deadline) {
        while (true) {
            // Whatever it sends: events without end are no answer either.
            if (System.nanoTime() >= deadline || !socket.awaitReadable(left(deadline))) {
                throw silent();
            }
            List<Fd> uninvited = new ArrayList<>();
            long result = socket.receive(chunk, 0, CHUNK, uninvited);
            uninvited.forEach(Fd::close);
            if (result > 0) {
                taken = 0;
                received = (int) result;
                return;
            }
            if (result != -Errno.EAGAIN.code() && result != -Errno.EINTR.code()) {
                throw ended();
            }
        }
    }

    private QmpException silent() {
        return new QmpException("it has not answered for " + timeoutMilliseconds / 1000 + " s");
    }

    private static QmpException ended() {
        return new QmpException("it has ended");
    }

    @Override
    public void close() {
        socket.shutdown();
        socket.close();
    }
}
