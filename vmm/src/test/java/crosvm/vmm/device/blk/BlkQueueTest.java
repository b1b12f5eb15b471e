package crosvm.vmm.device.blk;

import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.in;
import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.out;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.virtio.DeviceLog;
import crosvm.vmm.virtio.DeviceType;
import crosvm.vmm.virtio.QueueBench;
import crosvm.vmm.virtio.QueueContext;
import crosvm.vmm.virtio.VirtioDevice;
import crosvm.vmm.virtio.queue.QueueBroken;
import crosvm.vmm.virtio.queue.SplitQueue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a queue makes of requests that end when and how a test wants it. */
@Timeout(120)
class BlkQueueTest {
    private static final long HEADERS = 0x8000;
    private static final long STATUS = 0x9000;
    private static final long DATA = 0x10000;
    private static final int NOT_YET = 0xee;

    @TempDir
    Path folder;

    private final GuestMemory memory = GuestMemory.allocate(2 << 20);
    private final HeldRunner runner = new HeldRunner();
    private final DoneRequests done = new DoneRequests("test");
    private final RequestTable table = new RequestTable(done);
    private BlockFile disk;
    private BlkQueue queue;
    private QueueBench bench;
    private boolean writeThrough;

    /** Keeps what it is given until the test ends it. */
    private static final class HeldRunner implements RequestRunner {
        final List<DiskRequest> started = new ArrayList<>();
        final Deque<DiskRequest> ended = new ArrayDeque<>();
        int submissions;

        @Override
        public void watch(QueueContext context, QueueContext.Handler onDone) {}

        @Override
        public void start(DiskRequest request) {
            started.add(request);
        }

        @Override
        public void submit() {
            submissions++;
        }

        void end(DiskRequest request, int status) {
            assertThat(started.remove(request)).isTrue();
            request.end(status);
            ended.add(request);
        }

        @Override
        public DiskRequest takeDone() {
            return ended.poll();
        }

        @Override
        public void awaitDone() {
            assertThat(started).as("in flight").isNotEmpty();
            end(started.get(started.size() - 1), BlkRequest.OK);
        }

        @Override
        public void close() {}
    }

    /** The queue as its device would host it. */
    private final class Host implements VirtioDevice {
        private SplitQueue ring;

        @Override
        public DeviceType type() {
            return DeviceType.BLOCK;
        }

        @Override
        public String name() {
            return "test";
        }

        @Override
        public long features() {
            return 0;
        }

        @Override
        public int queueCount() {
            return 1;
        }

        @Override
        public void queueStarted(int index, QueueContext context) {
            ring = context.ring();
            queue.start(context, () -> {});
        }

        @Override
        public void handleQueue(int index, SplitQueue hosted) throws QueueBroken {
            queue.handle(hosted, writeThrough);
        }

        @Override
        public void queueStopped(int index) {
            queue.stop(ring);
        }

        @Override
        public void close() {
            queue.close();
        }
    }

    @BeforeEach
    void opensADisk() throws IOException, QueueBroken {
        byte[] content = new byte[64 << 10];
        for (int i = 0; i < content.length; i++) {
            content[i] = (byte) (i / 512);
        }
        disk = BlockFile.open(Files.write(folder.resolve("disk.img"), content), false);
        DiskCommands commands = new DiskCommands(disk, new DeviceLog("blk test"), () -> {});
        queue = new BlkQueue(disk, new byte[20], commands, done, table, runner);
        bench = new QueueBench(new Host(), memory, 0x1000, 64, 0);
    }

    @AfterEach
    void closes() {
        bench.close();
        disk.close();
        memory.close();
    }

    private int offer(int i, int type) {
        long header = HEADERS + 16L * i;
        memory.putU32(header, type);
        memory.putU64(header + 8, type == BlkRequest.FLUSH ? 0 : i);
        memory.putU8(STATUS + i, NOT_YET);
        return type == BlkRequest.IN
                ? bench.driver.offer(out(header, 16), in(DATA + 512L * i, 512), in(STATUS + i, 1))
                : type == BlkRequest.OUT
                        ? bench.driver.offer(out(header, 16), out(DATA + 512L * i, 512), in(STATUS + i, 1))
                        : bench.driver.offer(out(header, 16), in(STATUS + i, 1));
    }

    private int status(int i) {
        return memory.u8(STATUS + i);
    }

    @Test
    void beginsWithAllThatHaveComeAndSubmitsThemTogether() throws QueueBroken {
        for (int i = 0; i < 16; i++) {
            offer(i, BlkRequest.IN);
        }
        bench.handle();
        assertThat(runner.started).hasSize(16);
        assertThat(runner.submissions).isBetween(1, 4);
        assertThat(bench.driver.usedIndex()).isZero();
        assertThat(status(3)).isEqualTo(NOT_YET);
    }

    @Test
    void givesThemBackInTheOrderInWhichTheyEndEachWithItsOwnStatus() throws QueueBroken {
        int[] heads = new int[4];
        for (int i = 0; i < 4; i++) {
            heads[i] = offer(i, BlkRequest.IN);
        }
        bench.handle();
        List<DiskRequest> all = List.copyOf(runner.started);
        runner.end(all.get(2), BlkRequest.OK);
        runner.end(all.get(0), BlkRequest.IOERR);
        bench.handle();
        assertThat(bench.driver.usedIndex()).isEqualTo(2);
        assertThat(bench.driver.usedId(0)).isEqualTo(heads[2]);
        assertThat(bench.driver.usedLength(0)).isEqualTo(513);
        assertThat(bench.driver.usedId(1)).isEqualTo(heads[0]);
        assertThat(bench.driver.usedLength(1)).as("no data").isEqualTo(1);
        assertThat(List.of(status(0), status(1), status(2), status(3)))
                .containsExactly(BlkRequest.IOERR, NOT_YET, BlkRequest.OK, NOT_YET);
    }

    @Test
    void tellsTheDriverOnceOfManyThatEndTogether() throws QueueBroken {
        for (int i = 0; i < 16; i++) {
            offer(i, BlkRequest.IN);
        }
        bench.handle();
        assertThat(bench.call.drain()).isZero();
        List.copyOf(runner.started).forEach(request -> runner.end(request, BlkRequest.OK));
        bench.handle();
        assertThat(bench.driver.usedIndex()).isEqualTo(16);
        assertThat(bench.call.drain()).isEqualTo(1);
    }

    @Test
    void leavesInTheRingWhatDoesNotFitAndTakesItWhenThereIsRoomAgain() throws QueueBroken {
        long table = 0x40000;
        int more = RequestTable.CAPACITY - 64 + 5;
        for (int round = 0; round < 3; round++) { // The ring has 64 places, of one indirect descriptor each.
            int count = round < 2 ? 64 : more - 64;
            for (int i = 0; i < count; i++) {
                memory.putU32(HEADERS, BlkRequest.IN);
                bench.driver.offerIndirect(
                        table + 64L * i, out(HEADERS, 16), in(DATA + 512L * i, 512), in(STATUS + i, 1));
            }
            bench.handle();
        }
        assertThat(runner.started).hasSize(RequestTable.CAPACITY);
        assertThat(table()).isEqualTo(RequestTable.CAPACITY);
        runner.end(runner.started.get(7), BlkRequest.OK);
        bench.handle();
        assertThat(bench.driver.usedIndex()).isEqualTo(1);
        assertThat(runner.started).as("the next has its place").hasSize(RequestTable.CAPACITY);
    }

    private int table() {
        return table.inFlight();
    }

    @Test
    void stopsOnlyWhenEverythingInFlightIsBack() throws QueueBroken {
        for (int i = 0; i < 10; i++) {
            offer(i, BlkRequest.OUT);
        }
        bench.handle();
        bench.call.drain();
        offer(10, BlkRequest.OUT);
        bench.ring.requestStop();
        bench.stop();
        assertThat(runner.started).isEmpty();
        assertThat(bench.driver.usedIndex()).isEqualTo(10);
        assertThat(bench.ring.nextAvailable()).as("what was not begun stays").isEqualTo(10);
        assertThat(bench.call.drain()).isEqualTo(1);
    }

    @Test
    void bringsBackWhatIsInFlightWhenTheDriverBreaksARule() throws QueueBroken {
        offer(0, BlkRequest.IN);
        offer(1, BlkRequest.IN);
        bench.driver.offer(out(HEADERS, 16));
        assertThatExceptionOfType(QueueBroken.class).isThrownBy(bench::handle);
        assertThat(runner.submissions).isEqualTo(1);
        bench.stop();
        assertThat(bench.driver.usedIndex()).isEqualTo(2);
        assertThat(table()).isZero();
    }

    /** After {@value BlkQueueTest#ALONE} requests that came alone. */
    private void becomesLonely() throws QueueBroken {
        for (int i = 0; i < ALONE; i++) {
            int used = bench.driver.usedIndex();
            offer(0, BlkRequest.IN);
            bench.handle();
            while (!runner.started.isEmpty()) {
                runner.end(runner.started.get(0), BlkRequest.OK);
                bench.handle();
            }
            assertThat(bench.driver.usedIndex()).isEqualTo(used + 1);
        }
    }

    private static final int ALONE = 200;

    @Test
    void runsOneThatComesAloneAtOnceAndNoneOfSeveral() throws QueueBroken {
        becomesLonely();
        int used = bench.driver.usedIndex();
        offer(5, BlkRequest.IN);
        bench.handle();
        assertThat(runner.started).isEmpty();
        assertThat(bench.driver.usedIndex()).isEqualTo(used + 1);
        assertThat(memory.u8(DATA + 512 * 5)).isEqualTo(5);
        offer(6, BlkRequest.IN);
        offer(7, BlkRequest.IN);
        bench.handle();
        assertThat(runner.started).hasSize(2);
        List.copyOf(runner.started).forEach(request -> runner.end(request, BlkRequest.OK));
        bench.handle();
        offer(8, BlkRequest.IN);
        bench.handle();
        assertThat(runner.started).as("soon after several at a time").hasSize(1);
    }

    @Test
    void letsNobodyWaitForAFlushNorForADurableWrite() throws QueueBroken {
        becomesLonely();
        offer(1, BlkRequest.FLUSH);
        bench.handle();
        assertThat(runner.started).hasSize(1);
        offer(2, BlkRequest.IN);
        bench.handle();
        assertThat(runner.started).as("a read beside it").hasSize(2);
        List.copyOf(runner.started).forEach(request -> runner.end(request, BlkRequest.OK));
        bench.handle();
        becomesLonely();
        writeThrough = true;
        offer(3, BlkRequest.OUT);
        bench.handle();
        assertThat(runner.started).singleElement().matches(DiskRequest::isDurable);
    }
}
