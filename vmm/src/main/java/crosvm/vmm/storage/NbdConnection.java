package crosvm.vmm.storage;

import crosvm.vmm.VmmException;
import crosvm.vmm.linux.Errno;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.linux.UnixSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The client's side of the Network Block Device protocol (as its authors describe it: fixed newstyle negotiation, simple replies), for
 * reading. The server has seen an untrusted image and may be hostile: what it says is bounded in length and time. Used by one
 * thread at a time.
 */
final class NbdConnection implements AutoCloseable {
    /** The most that every server answers with one read. */
    static final int MOST_BYTES = 32 << 20;

    private static final long GREETING = 0x4e42444d41474943L; // NBDMAGIC
    private static final long OPTION = 0x49484156454f5054L; // IHAVEOPT
    private static final long OPTION_REPLY = 0x0003e889045565a9L;
    private static final int REQUEST = 0x25609513;
    private static final int SIMPLE_REPLY = 0x67446698;

    private static final int FIXED_NEWSTYLE = 1;
    private static final int NO_ZEROES = 2;
    private static final int GO = 7;
    private static final int ACK = 1;
    private static final int INFO = 3;
    private static final int INFO_EXPORT = 0;
    private static final int MOST_INFORMATION = 4096;
    private static final int MOST_REPLIES = 100;
    private static final int READ = 0;

    private static final int CHUNK = 1 << 16;
    private static final long NANOS_PER_MILLISECOND = 1_000_000;

    private final UnixSocket socket;
    private final int timeoutMilliseconds;
    private final NativeBuffer chunk = NativeBuffer.allocate(CHUNK);
    private long requests;

    /**
     * @param socket connected; taken over
     * @param timeoutMilliseconds the longest wait for one answer
     */
    NbdConnection(UnixSocket socket, int timeoutMilliseconds) {
        this.socket = socket;
        this.timeoutMilliseconds = timeoutMilliseconds;
    }

    /**
     * Negotiates.
     *
     * @param export its name
     * @return the export's size in bytes
     * @throws VmmException when there is no such export, or it is no NBD server
     */
    long open(String export) {
        long deadline = deadline();
        ByteBuffer greeting = receive(Long.BYTES + Long.BYTES + Short.BYTES, deadline);
        if (greeting.getLong() != GREETING || greeting.getLong() != OPTION) {
            throw new VmmException("it does not greet as an NBD server does");
        }
        int flags = greeting.getShort() & (FIXED_NEWSTYLE | NO_ZEROES);
        if ((flags & FIXED_NEWSTYLE) == 0) {
            throw new VmmException("it is an NBD server without fixed newstyle negotiation");
        }
        byte[] name = export.getBytes(StandardCharsets.UTF_8);
        int length = Integer.BYTES + name.length + Short.BYTES;
        ByteBuffer ask = ByteBuffer.allocate(Integer.BYTES + Long.BYTES + 2 * Integer.BYTES + length);
        ask.putInt(flags).putLong(OPTION).putInt(GO).putInt(length);
        ask.putInt(name.length).put(name).putShort((short) 0);
        send(ask.flip(), deadline);
        long size = -1;
        for (int replies = 0; replies < MOST_REPLIES; replies++) {
            ByteBuffer reply = receive(Long.BYTES + 3 * Integer.BYTES, deadline);
            long magic = reply.getLong();
            int option = reply.getInt();
            int type = reply.getInt();
            int bytes = reply.getInt();
            if (magic != OPTION_REPLY || option != GO || bytes < 0 || bytes > MOST_INFORMATION) {
                throw new VmmException("it answers as no NBD server does");
            }
            ByteBuffer data = receive(bytes, deadline);
            if (type == ACK && size >= 0) {
                return size;
            }
            if (type != INFO) {
                throw new VmmException(
                        "it has no export " + export + " (reply " + Integer.toUnsignedString(type) + ")");
            }
            if (bytes >= Short.BYTES + Long.BYTES && data.getShort() == INFO_EXPORT) {
                size = data.getLong();
            }
        }
        throw new VmmException("it does not come to an end of its answers");
    }

    /**
     * Reads.
     *
     * @param offset bytes from the export's beginning
     * @param length 1 to {@value #MOST_BYTES}
     * @throws VmmException when it cannot be read, or is not answered
     */
    ByteBuffer read(long offset, int length) {
        long deadline = deadline();
        long cookie = ++requests;
        ByteBuffer request = ByteBuffer.allocate(28);
        request.putInt(REQUEST).putShort((short) 0).putShort((short) READ).putLong(cookie);
        request.putLong(offset).putInt(length);
        send(request.flip(), deadline);
        ByteBuffer reply = receive(2 * Integer.BYTES + Long.BYTES, deadline);
        int magic = reply.getInt();
        int error = reply.getInt();
        if (magic != SIMPLE_REPLY || reply.getLong() != cookie) {
            throw new VmmException("it answers as no NBD server does");
        }
        if (error != 0) {
            throw new VmmException("reading at byte " + offset + " of the disk fails (" + Errno.of(error) + ")");
        }
        return receive(length, deadline);
    }

    private long deadline() {
        return System.nanoTime() + timeoutMilliseconds * NANOS_PER_MILLISECOND;
    }

    private static int left(long deadline) {
        return (int) Math.max(0, (deadline - System.nanoTime()) / NANOS_PER_MILLISECOND);
    }

    private void send(ByteBuffer bytes, long deadline) {
        int length = bytes.remaining();
        chunk.bytes().put(0, bytes, 0, length);
        for (int sent = 0; sent < length; ) {
            long result = socket.send(chunk, sent, length - sent, List.of());
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

    private ByteBuffer receive(int length, long deadline) {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        while (bytes.hasRemaining()) {
            if (System.nanoTime() >= deadline || !socket.awaitReadable(left(deadline))) {
                throw silent();
            }
            List<Fd> uninvited = new ArrayList<>();
            long result = socket.receive(chunk, 0, Math.min(CHUNK, bytes.remaining()), uninvited);
            uninvited.forEach(Fd::close);
            if (result > 0) {
                bytes.put(chunk.bytes().duplicate().position(0).limit((int) result));
            } else if (result != -Errno.EAGAIN.code() && result != -Errno.EINTR.code()) {
                throw ended();
            }
        }
        return bytes.flip();
    }

    private VmmException silent() {
        return new VmmException("it has not answered for " + timeoutMilliseconds / 1000 + " s");
    }

    private static VmmException ended() {
        return new VmmException("it has ended");
    }

    @Override
    public void close() {
        socket.shutdown();
        socket.close();
    }
}
