package crosvm.runner.network;

import crosvm.schema.json.Json;
import crosvm.vmm.VmmException;
import crosvm.vmm.linux.Errno;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.linux.UnixSocket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * JSON objects over a socket, each behind its length in bytes (32 bits, little-endian); descriptors go with the length. One thread
 * sends and one receives at a time.
 */
final class PortMessages {
    /** A plan of a thousand machines has a fortieth of it, an allow-list of the longest names a quarter. */
    private static final int MAX_BYTES = 4 << 20;

    private PortMessages() {}

    /**
     * Sends one.
     *
     * @param fds at most {@value UnixSocket#MAX_FDS}; they stay the caller's
     * @return false when the other end is gone or does not read
     */
    static boolean send(UnixSocket socket, Map<String, ? extends @Nullable Object> message, List<Fd> fds) {
        byte[] text = Json.compact(message).getBytes(StandardCharsets.UTF_8);
        NativeBuffer data = NativeBuffer.allocate(Integer.BYTES + text.length);
        data.bytes().putInt(0, text.length);
        data.bytes().put(Integer.BYTES, text);
        int sent = 0;
        while (sent < data.size()) {
            long count = socket.send(data, sent, data.size() - sent, sent == 0 ? fds : List.of());
            if (count > 0) {
                sent += (int) count;
            } else if (count != -Errno.EINTR.code()
                    && (count != -Errno.EAGAIN.code() || !socket.awaitWritable(TIMEOUT_MILLISECONDS))) {
                return false;
            }
        }
        return true;
    }

    private static final int TIMEOUT_MILLISECONDS = 10_000;

    /**
     * Receives one.
     *
     * @param timeoutMilliseconds for its beginning; -1 waits for ever
     * @param fds gets the descriptors that come along
     * @return null at the end of the stream, also when the other end falls silent in the middle
     * @throws VmmException when it is not what {@link #send} sends
     */
    static @Nullable Map<String, @Nullable Object> receive(UnixSocket socket, int timeoutMilliseconds, List<Fd> fds) {
        NativeBuffer head = bytes(socket, Integer.BYTES, timeoutMilliseconds, fds);
        int length = head == null ? 0 : head.bytes().getInt(0);
        if (head == null) {
            return null;
        }
        if (length < 2 || length > MAX_BYTES) {
            throw new VmmException(socket.fd().name() + ": a message of " + length + " bytes");
        }
        NativeBuffer body = bytes(socket, length, TIMEOUT_MILLISECONDS, fds);
        if (body == null) {
            return null;
        }
        byte[] text = new byte[length];
        body.bytes().get(0, text);
        try {
            return Json.readObject(new String(text, StandardCharsets.UTF_8));
        } catch (Json.Malformed e) {
            throw new VmmException(socket.fd().name() + ": " + e.getMessage(), e);
        }
    }

    private static @Nullable NativeBuffer bytes(UnixSocket socket, int length, int timeoutMilliseconds, List<Fd> fds) {
        NativeBuffer data = NativeBuffer.allocate(length);
        int got = 0;
        while (got < length) {
            if (!socket.awaitReadable(got == 0 ? timeoutMilliseconds : TIMEOUT_MILLISECONDS)) {
                if (timeoutMilliseconds < 0 && got == 0) {
                    continue; // A signal of ours interrupted the wait.
                }
                return null;
            }
            long count = socket.receive(data, got, length - got, fds);
            if (count == -Errno.EAGAIN.code() || count == -Errno.EINTR.code()) {
                continue;
            }
            if (count <= 0) {
                return null;
            }
            got += (int) count;
        }
        return data;
    }
}
