package crosvm.vmm.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class OutputRingTest {
    private static final long NEVER = Long.MAX_VALUE;

    private final OutputRing ring = new OutputRing();
    private final int[] room = {0};
    private final int[] woken = {0};

    private static ByteBuffer text(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private String take(OutputRing.Follower follower) {
        ByteBuffer into = ByteBuffer.allocate(2 * OutputRing.CAPACITY);
        ring.take(follower, into);
        return new String(into.array(), 0, into.position(), StandardCharsets.ISO_8859_1);
    }

    private int write(int count) {
        ByteBuffer bytes = ByteBuffer.allocate(count);
        ring.offer(bytes);
        return bytes.position();
    }

    @Test
    void givesEveryFollowerAllBytesInOrderWhateverThePieces() {
        Random random = new Random(1);
        OutputRing.Follower a = ring.hold(() -> {});
        OutputRing.Follower b = ring.hold(() -> {});
        StringBuilder written = new StringBuilder();
        StringBuilder atA = new StringBuilder();
        StringBuilder atB = new StringBuilder();
        for (int i = 0; i < 300; i++) {
            byte[] bytes = new byte[random.nextInt(20_000) + 1];
            random.nextBytes(bytes);
            ByteBuffer offered = ByteBuffer.wrap(bytes);
            if (random.nextBoolean()) {
                ring.offer(offered);
            } else {
                while (offered.hasRemaining() && ring.offer(offered.get(offered.position()))) {
                    offered.get();
                }
            }
            written.append(new String(bytes, 0, offered.position(), StandardCharsets.ISO_8859_1));
            if (random.nextInt(4) == 0) {
                atA.append(take(a));
            }
            if (random.nextInt(5) == 0) {
                atB.append(take(b));
            }
        }
        assertThat(atA.append(take(a)).compareTo(written)).isZero();
        assertThat(atB.append(take(b)).compareTo(written)).isZero();
        assertThat(written.length()).isGreaterThan(3 * OutputRing.CAPACITY);
    }

    @Test
    void refusesTheGuestWhatAHolderWouldLoseAndTellsOfRoomOnce() {
        OutputRing.Follower holder = ring.hold(() -> {});
        ring.onRoom(() -> room[0]++);
        assertThat(write(OutputRing.CAPACITY + 5)).isEqualTo(OutputRing.CAPACITY);
        assertThat(ring.offer((byte) 1)).isFalse();
        assertThat(room[0]).isZero();
        assertThat(take(holder)).hasSize(OutputRing.CAPACITY);
        assertThat(room[0]).isEqualTo(1);
        assertThat(ring.offer((byte) 1)).isTrue();
        take(holder);
        assertThat(room[0]).isEqualTo(1);
    }

    @Test
    void doesNotHoldTheGuestForAWatcherAndTellsItWhatItMissed() {
        OutputRing.Follower watcher = ring.watch();
        write(OutputRing.CAPACITY);
        ring.offer(text("end\n"));
        String seen = take(watcher);
        assertThat(seen)
                .startsWith("\r\n[crosvm: 4 bytes of output were omitted here]\r\n")
                .endsWith("end\n");
        assertThat(seen.length())
                .isEqualTo(OutputRing.CAPACITY + OutputRing.note("4 bytes of output were omitted here").length);
        assertThat(take(watcher)).isEmpty();
    }

    @Test
    void letsTheGuestGoOnWithoutAHolderThatTakesNothingUntilItTakesAgain() {
        OutputRing.Follower stuck = ring.hold(() -> {});
        OutputRing.Follower log = ring.hold(() -> {});
        ring.onRoom(() -> room[0]++);
        write(OutputRing.CAPACITY + 1);
        assertThat(take(log)).hasSize(OutputRing.CAPACITY);
        assertThat(ring.passOver(NEVER)).as("the guest still waits").isTrue();
        assertThat(ring.passOver(0)).isFalse();
        assertThat(room[0]).isEqualTo(1);
        assertThat(write(OutputRing.CAPACITY + 1)).as("the log holds it still").isEqualTo(OutputRing.CAPACITY);
        assertThat(take(log)).hasSize(OutputRing.CAPACITY);
        assertThat(take(stuck)).startsWith("\r\n[crosvm: " + OutputRing.CAPACITY + " bytes of output were omitted");
        assertThat(write(OutputRing.CAPACITY + 1))
                .as("it holds the guest again")
                .isEqualTo(OutputRing.CAPACITY);
        take(log);
        assertThat(ring.offer((byte) 1)).isFalse();
        ring.leave(stuck);
        assertThat(ring.offer((byte) 1)).isTrue();
    }

    @Test
    void wakesASleeperOnceAndPutsNoneToSleepThatHasSomethingToTake() {
        OutputRing.Follower holder = ring.hold(() -> woken[0]++);
        ring.offer((byte) 1);
        assertThat(woken[0]).isZero();
        assertThat(ring.sleep(holder)).isFalse();
        take(holder);
        assertThat(ring.sleep(holder)).isTrue();
        ring.offer((byte) 1);
        ring.offer(text("more"));
        assertThat(woken[0]).isEqualTo(1);
    }

    @Test
    void showsALateWatcherWhatIsKeptFromTheFirstWholeLineOn() {
        ring.offer(text("first\nsecond\n"));
        assertThat(take(ring.watch())).isEqualTo("first\nsecond\n");
        write(OutputRing.CAPACITY - 8);
        assertThat(take(ring.watch()))
                .as("first's last byte is there, the line is not")
                .startsWith("second\n");
    }
}
