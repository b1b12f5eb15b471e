package crosvm.vmm.device.wl;

import static crosvm.vmm.device.wl.WlDriver.newContext;
import static org.assertj.core.api.Assertions.assertThat;

import crosvm.vmm.linux.Errno;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.IoVectors;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.linux.UnixSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** What passes between guest and compositor, written and read for tests. */
final class WlTraffic {
    static final int PAGE_OF_DATA = 4096;

    private WlTraffic() {}

    static UnixSocket connect(WlBench bench, int id) throws InterruptedException {
        ByteBuffer answer = bench.command(newContext(id));
        assertThat(answer.getInt(0)).isEqualTo(WlProtocol.RESP_VFD_NEW);
        return bench.host.accept();
    }

    static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static void put(UnixSocket socket, String text, List<Fd> fds) {
        NativeBuffer data = NativeBuffer.allocate(text.length());
        data.bytes().put(text(text));
        assertThat(socket.send(data, 0, text.length(), fds)).isEqualTo(text.length());
    }

    static String receive(UnixSocket socket, List<Fd> fds) {
        NativeBuffer data = NativeBuffer.allocate(1 << 20);
        assertThat(socket.awaitReadable(10_000)).isTrue();
        long got = socket.receive(data, 0, data.size(), fds);
        assertThat(got).isPositive();
        byte[] bytes = new byte[(int) got];
        data.bytes().get(0, bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** The data of a VFD_RECV. */
    static String data(ByteBuffer message, int id, int ids) {
        assertThat(message.getInt(0)).isEqualTo(WlProtocol.VFD_RECV);
        assertThat(message.getInt(8)).isEqualTo(id);
        assertThat(message.getInt(12)).isEqualTo(ids);
        int head = 16 + 4 * ids;
        return new String(message.array(), head, message.capacity() - head, StandardCharsets.UTF_8);
    }

    static boolean isHangUp(ByteBuffer message, int id) {
        return message.capacity() == 12 && message.getInt(0) == WlProtocol.VFD_HUP && message.getInt(8) == id;
    }

    static void write(Fd to, String text) {
        NativeBuffer data = NativeBuffer.allocate(text.length());
        data.bytes().put(text(text));
        IoVectors vectors = new IoVectors(1);
        vectors.add(data.address(), text.length());
        assertThat(vectors.write(to)).isEqualTo(text.length());
    }

    /** What the pipe has until its end. */
    static String readAll(Fd from) {
        StringBuilder all = new StringBuilder();
        NativeBuffer data = NativeBuffer.allocate(4096);
        while (true) {
            IoVectors vectors = new IoVectors(1);
            vectors.add(data.address(), data.size());
            long got = vectors.read(from);
            if (got == -Errno.EAGAIN.code()) {
                continue;
            }
            if (got <= 0) {
                return all.toString();
            }
            byte[] bytes = new byte[(int) got];
            data.bytes().get(0, bytes);
            all.append(new String(bytes, StandardCharsets.UTF_8));
        }
    }
}
