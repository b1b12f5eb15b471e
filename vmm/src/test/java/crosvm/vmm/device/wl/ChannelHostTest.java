package crosvm.vmm.device.wl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.vmm.linux.Errno;
import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.Memfd;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.linux.UnixSocket;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The device's end of the channel, with a main process whose descriptors do not arrive: this process has no room for them. */
@Timeout(60)
class ChannelHostTest {
    private static final long ADDRESS = 0x1_4000_0000L;

    private final List<UnixSocket> pair = UnixSocket.pair("wl channel");
    private final ChannelHost host = new ChannelHost(pair.get(1).fd());
    private final List<Long> asked = Collections.synchronizedList(new ArrayList<>());

    @AfterEach
    void closes() {
        host.close();
        pair.get(0).close();
    }

    @Test
    void givesMemoryBackWhoseDescriptorDoesNotArriveAndGoesOn() throws InterruptedException {
        for (int arriving : new int[] {0, UnixSocket.MAX_FDS + 1}) {
            asked.clear();
            Thread main = answers(arriving, 0, 1);
            assertErrno(() -> host.allocate(4096));
            assertThat(host.allocate(8192).address()).isEqualTo(ADDRESS);
            main.join();
            assertThat(asked)
                    .containsExactly(WlChannel.ALLOCATE, 4096L, WlChannel.UNMAP, ADDRESS, WlChannel.ALLOCATE, 8192L);
        }
    }

    @Test
    void goesOnWithoutAConnectionWhoseDescriptorDoesNotArrive() throws InterruptedException {
        Thread main = answers(0, 1);
        assertErrno(host::connect);
        host.connect().close();
        main.join();
        assertThat(asked).containsExactly(WlChannel.CONNECT, 0L, WlChannel.CONNECT, 0L);
    }

    private static void assertErrno(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EMFILE));
    }

    /** A main process that answers so many requests, each with so many descriptors. */
    private Thread answers(int... descriptors) {
        Thread thread = new Thread(() -> {
            NativeBuffer request = NativeBuffer.allocate(WlChannel.REQUEST);
            NativeBuffer answer = NativeBuffer.allocate(WlChannel.ANSWER);
            try (Fd file = Memfd.sealed("test", 4096)) {
                for (int count : descriptors) {
                    pair.get(0).awaitReadable(-1);
                    pair.get(0).receive(request, 0, WlChannel.REQUEST, new ArrayList<>());
                    asked.add(request.bytes().getLong(0));
                    asked.add(request.bytes().getLong(8));
                    answer.bytes().putLong(0, ADDRESS);
                    pair.get(0).send(answer, 0, WlChannel.ANSWER, Collections.nCopies(count, file));
                }
            }
        });
        thread.start();
        return thread;
    }
}
