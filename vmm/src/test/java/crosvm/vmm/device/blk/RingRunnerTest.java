package crosvm.vmm.device.blk;

import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.in;
import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.out;
import static org.assertj.core.api.Assertions.assertThat;

import crosvm.vmm.event.EventFd;
import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.IoUring;
import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.virtio.DeviceLog;
import crosvm.vmm.virtio.QueueContext;
import crosvm.vmm.virtio.queue.DriverQueue;
import crosvm.vmm.virtio.queue.SplitQueue;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of a completion of the ring, whatever the kernel says in it. */
@Timeout(120)
class RingRunnerTest {
    private static final int EINTR = 4;
    private static final int EIO = 5;
    private static final int EAGAIN = 11;
    private static final int EFBIG = 27;
    private static final int EOPNOTSUPP = 95;
    private static final int ECANCELED = 125;

    @TempDir
    Path folder;

    private final List<DiskRequest> others = new ArrayList<>();

    /** Writes down what it is given. */
    private final RequestRunner recorder = new RequestRunner() {
        @Override
        public void watch(QueueContext context, QueueContext.Handler done) {}

        @Override
        public void start(DiskRequest request) {
            others.add(request);
        }

        @Override
        public void submit() {}

        @Override
        public DiskRequest takeDone() {
            return null;
        }

        @Override
        public void awaitDone() {}

        @Override
        public void close() {}
    };

    /** A test of one request that is in flight. */
    private interface Body {
        void run(RingRunner runner, DiskRequest request) throws Exception;
    }

    private void with(int type, boolean writeThrough, Body body) throws Exception {
        IoUring ring;
        try {
            ring = IoUring.create("test", RequestTable.CAPACITY);
        } catch (ErrnoException e) {
            return; // A container that forbids it, or kernel.io_uring_disabled; disks do without, see DiskIoTest.
        }
        try (GuestMemory memory = GuestMemory.allocate(1 << 20);
                BlockFile disk = BlockFile.open(Files.write(folder.resolve("disk"), new byte[8192]), false);
                DoneRequests done = new DoneRequests("test");
                EventFd call = EventFd.create("call");
                RequestTable table = new RequestTable(done)) {
            DriverQueue driver = new DriverQueue(memory, 0x1000, 16);
            SplitQueue queue = new SplitQueue(memory, driver.vring(), true, false, call);
            memory.putU32(0x8000, type);
            memory.putU64(0x8008, 1);
            driver.offer(out(0x8000, 16), type == BlkRequest.IN ? in(0xa000, 4096) : out(0xa000, 4096), in(0x9000, 1));
            assertThat(queue.pop()).isTrue();
            DiskRequest request = table.take();
            request.take(queue.chain(), disk, writeThrough);
            RingRunner runner = new RingRunner(
                    ring, table, disk, new DiskCommands(disk, new DeviceLog("blk test"), () -> {}), recorder);
            try {
                body.run(runner, request);
            } finally {
                runner.close();
            }
        }
    }

    @Test
    void isDoneWithARequestThatHasBeenMovedWhole() throws Exception {
        with(BlkRequest.IN, false, (runner, request) -> {
            assertThat(runner.isDone(request, 4096)).isTrue();
            assertThat(request.status()).isEqualTo(BlkRequest.OK);
        });
    }

    @Test
    void goesOnWhereTheKernelHasStopped() throws Exception {
        with(BlkRequest.IN, false, (runner, request) -> {
            assertThat(runner.isDone(request, 1000)).isFalse();
            assertThat(request.position()).isEqualTo(1512);
            runner.submit();
            DiskRequest back = null;
            while (back == null) {
                runner.awaitDone();
                back = runner.takeDone();
            }
            assertThat(back).isSameAs(request);
            assertThat(back.status()).isEqualTo(BlkRequest.OK);
            assertThat(back.vectors().bytes()).isZero();
        });
    }

    @Test
    void failsWhatTheDiskFails() throws Exception {
        for (int error : new int[] {EIO, EFBIG}) {
            with(BlkRequest.OUT, false, (runner, request) -> {
                assertThat(runner.isDone(request, -error)).isTrue();
                assertThat(request.status()).isEqualTo(BlkRequest.IOERR);
            });
        }
        with(BlkRequest.IN, false, (runner, request) -> {
            assertThat(runner.isDone(request, 0)).as("the end of the file").isTrue();
            assertThat(request.status()).isEqualTo(BlkRequest.IOERR);
        });
        assertThat(others).isEmpty();
    }

    @Test
    void handsToThreadsWhatTheRingCannotDo() throws Exception {
        for (int error : new int[] {EAGAIN, EINTR, ECANCELED, EOPNOTSUPP}) {
            others.clear();
            with(BlkRequest.OUT, false, (runner, request) -> {
                assertThat(runner.isDone(request, 512)).isFalse();
                assertThat(runner.isDone(request, -error)).isFalse();
                assertThat(others).as("errno " + error).containsExactly(request);
                assertThat(request.vectors().bytes()).as("what is left").isEqualTo(4096 - 512);
                runner.awaitDone(); // The rest that the first of them made it go on with.
            });
        }
    }

    @Test
    void makesADurableWriteDurableBeforeItIsDone() throws Exception {
        with(BlkRequest.OUT, true, (runner, request) -> {
            assertThat(runner.isDone(request, 4096)).isFalse();
            assertThat(others).containsExactly(request);
            assertThat(request.vectors().bytes()).isZero();
        });
    }
}
