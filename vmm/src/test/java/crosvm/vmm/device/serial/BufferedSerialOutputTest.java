package crosvm.vmm.device.serial;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class BufferedSerialOutputTest {
    /** Records every write; with a gate, each waits for a permit. */
    private static class FakeChannel implements WritableByteChannel {
        final List<String> writes = new ArrayList<>();
        final Semaphore written = new Semaphore(0);
        final Semaphore gate;

        FakeChannel(int permits) {
            gate = new Semaphore(permits);
        }

        @Override
        public int write(ByteBuffer from) throws IOException {
            gate.acquireUninterruptibly();
            StringBuilder text = new StringBuilder();
            while (from.hasRemaining()) {
                text.append((char) from.get());
            }
            synchronized (writes) {
                writes.add(text.toString());
            }
            written.release();
            return text.length();
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {}
    }

    @Test
    void writesABurstInFewCalls() throws Exception {
        FakeChannel channel = new FakeChannel(1000);
        BufferedSerialOutput output = BufferedSerialOutput.start("test", channel);
        String burst = "x".repeat(5000);
        burst.chars().forEach(c -> output.offer((byte) c));
        output.close();
        assertThat(String.join("", channel.writes)).isEqualTo(burst);
        assertThat(channel.writes).hasSizeLessThan(100);
    }

    @Test
    void showsAPromptWithoutNewlineOnItsOwn() throws Exception {
        FakeChannel channel = new FakeChannel(1000);
        try (BufferedSerialOutput output = BufferedSerialOutput.start("test", channel)) {
            output.offer((byte) '$');
            assertThat(channel.written.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
            assertThat(channel.writes).containsExactly("$");
        }
    }

    @Test
    void refusesWhenTheChannelStallsAndTellsOfRoomAgain() throws Exception {
        FakeChannel channel = new FakeChannel(0);
        CountDownLatch room = new CountDownLatch(1);
        BufferedSerialOutput output = BufferedSerialOutput.start("test", channel);
        output.onRoom(room::countDown);
        int taken = 0;
        while (output.offer((byte) 'a')) {
            taken++;
            assertThat(taken).isLessThanOrEqualTo(2 * BufferedSerialOutput.CAPACITY);
        }
        channel.gate.release(1000);
        assertThat(room.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(output.offer((byte) 'b')).isTrue();
        output.close();
        assertThat(String.join("", channel.writes)).isEqualTo("a".repeat(taken) + "b");
    }

    @Test
    void keepsTakingBytesWhenTheReaderIsGone() throws Exception {
        FakeChannel channel = new FakeChannel(1000) {
            @Override
            public int write(ByteBuffer from) throws IOException {
                written.release();
                throw new IOException("Broken pipe");
            }
        };
        try (BufferedSerialOutput output = BufferedSerialOutput.start("test", channel)) {
            output.offer((byte) 'a');
            channel.written.acquire();
            for (int i = 0; i < 3 * BufferedSerialOutput.CAPACITY; i++) {
                while (!output.offer((byte) 'a')) {
                    Thread.onSpinWait(); // The writer may still be about to notice.
                }
            }
        }
        assertThat(channel.written.availablePermits()).as("no second write").isZero();
    }
}
