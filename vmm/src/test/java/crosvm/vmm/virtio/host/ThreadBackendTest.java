package crosvm.vmm.virtio.host;

import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.in;
import static org.assertj.core.api.Assertions.assertThat;

import crosvm.vmm.event.EventFd;
import crosvm.vmm.event.EventLoop;
import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.virtio.DeviceHost;
import crosvm.vmm.virtio.DeviceType;
import crosvm.vmm.virtio.Feature;
import crosvm.vmm.virtio.QueueContext;
import crosvm.vmm.virtio.VirtioDevice;
import crosvm.vmm.virtio.queue.DriverQueue;
import crosvm.vmm.virtio.queue.QueueBroken;
import crosvm.vmm.virtio.queue.SplitQueue;
import crosvm.vmm.virtio.queue.Vring;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class ThreadBackendTest {
    private static final long DATA = 0x10000;

    private final GuestMemory memory = GuestMemory.allocate(1 << 20);
    private final EventFd kick = EventFd.create("kick");
    private final EventFd call = EventFd.create("call");
    private final List<String> told = new CopyOnWriteArrayList<>();
    private final CountingDevice device = new CountingDevice();
    private final ThreadBackend backend = new ThreadBackend(device);
    private DriverQueue ring;

    /** Writes the running number of each chain into it, as slowly as the test wants. */
    private static class CountingDevice implements VirtioDevice {
        final List<String> calls = new CopyOnWriteArrayList<>();
        final EventFd input = EventFd.create("input");
        volatile long nanosPerChain;
        volatile boolean fails;
        volatile Thread thread;
        volatile boolean timerRan;
        int number;

        @Override
        public DeviceType type() {
            return DeviceType.RNG;
        }

        @Override
        public String name() {
            return "counting";
        }

        @Override
        public long features() {
            return 1;
        }

        @Override
        public int queueCount() {
            return 2;
        }

        @Override
        public void negotiated(long features) {
            calls.add("negotiated " + Long.toHexString(features));
        }

        @Override
        public void queueStarted(int queue, QueueContext context) {
            calls.add("queueStarted " + queue);
            if (queue == 1) {
                context.watch(input.fd(), EventLoop.READABLE, () -> {
                    input.drain();
                    handleQueue(queue, context.ring());
                });
                context.after(5, () -> timerRan = true);
            }
        }

        @Override
        public void handleQueue(int queue, SplitQueue queueRing) throws QueueBroken {
            thread = Thread.currentThread();
            if (fails) {
                throw new IllegalStateException("on purpose");
            }
            while (queueRing.pop()) {
                long until = System.nanoTime() + nanosPerChain;
                while (System.nanoTime() < until) {
                    Thread.onSpinWait();
                }
                queueRing.chain().putWritable(0, number);
                number = number + 1 & 0xff;
                queueRing.push(1);
            }
        }

        @Override
        public void queueStopped(int queue) {
            calls.add("queueStopped " + queue);
        }

        @Override
        public void reset() {
            calls.add("reset");
        }

        @Override
        public void close() {
            calls.add("close");
            input.close();
        }
    }

    @BeforeEach
    void attaches() {
        ring = new DriverQueue(memory, 0x1000, 256);
        backend.setMemory(memory);
        backend.listen(new DeviceHost() {
            @Override
            public void configChanged() {}

            @Override
            public void needsReset(String reason) {
                told.add(reason);
            }
        });
        backend.acceptFeatures(Feature.VERSION_1);
    }

    @AfterEach
    void closes() {
        backend.close();
        kick.close();
        call.close();
        memory.close();
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        for (int i = 0; i < 10_000; i++) {
            if (condition.getAsBoolean()) {
                return;
            }
            Thread.sleep(1);
        }
        throw new AssertionError("not within 10 s");
    }

    @Test
    void offersTheRingsFeaturesBesidesTheDevices() {
        assertThat(backend.features()).isEqualTo(1 | Feature.INDIRECT_DESC | Feature.EVENT_IDX | Feature.VERSION_1);
    }

    @Test
    void handlesWhatWasAvailableBeforeTheFirstKick() {
        ring.offer(in(DATA, 1));
        backend.startQueue(0, ring.vring(), kick, call);
        assertThat(ring.awaitUsed()).isEqualTo(1);
    }

    @Test
    void handlesKicksAndCalls() throws InterruptedException {
        backend.startQueue(0, ring.vring(), kick, call);
        for (int i = 0; i < 300; i++) {
            ring.offer(in(DATA, 1));
            kick.signal();
            ring.awaitUsed();
            assertThat(memory.u8(DATA)).isEqualTo(i & 0xff);
        }
        await(() -> call.drain() > 0);
    }

    @Test
    void goesOnExactlyWhereItStopped() {
        device.nanosPerChain = 200_000;
        int chains = 200;
        for (int i = 0; i < chains; i++) {
            ring.offer(in(DATA + i, 1));
        }
        int next = 0;
        int rounds = 0;
        while (next < chains) {
            backend.startQueue(0, ring.vring(next), kick, call);
            while (ring.usedIndex() == next) {
                Thread.onSpinWait();
            }
            next = backend.stopQueue(0);
            assertThat(ring.usedIndex()).isEqualTo(next);
            rounds++;
        }
        assertThat(rounds).isGreaterThan(3);
        for (int i = 0; i < chains; i++) {
            assertThat(ring.usedId(i)).isEqualTo(i);
            assertThat(memory.u8(DATA + i)).isEqualTo(i & 0xff);
        }
    }

    @Test
    void stopsThoughTheDriverNeverStopsOffering() throws InterruptedException {
        AtomicBoolean going = new AtomicBoolean(true);
        for (int i = 0; i < 256; i++) {
            memory.putU16(ring.available + 4 + 2L * i, 0);
        }
        ring.descriptor(0, DATA, 1, DriverQueue.WRITE, 0);
        Thread hostile = new Thread(() -> {
            int index = 0;
            while (going.get()) {
                if ((index - ring.usedIndex() & 0xffff) < 200) {
                    ring.setAvailableIndex(++index);
                    kick.signal();
                }
            }
        });
        backend.startQueue(0, ring.vring(), kick, call);
        hostile.start();
        await(() -> ring.usedIndex() > 1000);
        long start = System.nanoTime();
        backend.reset();
        assertThat(System.nanoTime() - start).isLessThan(60_000_000_000L);
        int used = ring.usedIndex();
        Thread.sleep(20);
        assertThat(ring.usedIndex()).isEqualTo(used);
        going.set(false);
        hostile.join();
        assertThat(told).isEmpty();
    }

    @Test
    void givesEachQueueItsTurn() {
        DriverQueue second = new DriverQueue(memory, 0x8000, 16);
        device.nanosPerChain = 50_000;
        for (int i = 0; i < 255; i++) {
            ring.offer(in(DATA, 1));
        }
        backend.startQueue(0, ring.vring(), kick, call);
        try (EventFd kick1 = EventFd.create("kick 1")) {
            backend.startQueue(1, second.vring(), kick1, call);
            second.offer(in(DATA + 512, 1));
            kick1.signal();
            second.awaitUsed();
            backend.reset();
        }
    }

    @Test
    void watchesTheDevicesOwnDescriptorsAndTimersOnTheWorker() throws InterruptedException {
        backend.startQueue(1, ring.vring(), kick, call);
        await(() -> device.thread != null);
        ring.offer(in(DATA, 1));
        device.input.signal();
        ring.awaitUsed();
        await(() -> device.timerRan);
        assertThat(device.thread.getName()).isEqualTo("counting");
        await(() -> call.drain() > 0);
        backend.stopQueue(1);
        device.input.signal();
        ring.offer(in(DATA, 1));
        Thread.sleep(20);
        assertThat(ring.usedIndex()).isEqualTo(1);
    }

    @Test
    void needsAResetAfterABrokenRingAndWorksAfterIt() throws InterruptedException {
        backend.startQueue(0, new Vring(8, 3, 5, 7, 0), kick, call);
        assertThat(told).singleElement().asString().contains("queue 0", "descriptor table", "driver");
        backend.reset();
        backend.startQueue(0, ring.vring(), kick, call);
        ring.setAvailableIndex(3000);
        kick.signal();
        await(() -> told.size() == 2);
        assertThat(told.get(1)).contains("from 0 to 3000");
        kick.signal();
        Thread.sleep(20);
        assertThat(told).hasSize(2);
        backend.reset();
        ring = new DriverQueue(memory, 0x1000, 256);
        backend.acceptFeatures(Feature.VERSION_1);
        backend.startQueue(0, ring.vring(), kick, call);
        ring.offer(in(DATA, 1));
        kick.signal();
        ring.awaitUsed();
    }

    @Test
    void needsAResetWhenTheDeviceItselfFails() throws InterruptedException {
        device.fails = true;
        backend.startQueue(0, ring.vring(), kick, call);
        await(() -> !told.isEmpty());
        assertThat(told.get(0)).contains("failed", "on purpose").doesNotContain("driver");
        assertThat(backend.stopQueue(0)).isZero();
    }

    @Test
    void keepsToTheOrderOfCallsItPromises() {
        backend.startQueue(0, ring.vring(), kick, call);
        backend.stopQueue(0);
        backend.stopQueue(0);
        backend.reset();
        backend.close();
        assertThat(device.calls)
                .startsWith("negotiated 100000000", "queueStarted 0", "queueStopped 0", "reset")
                .endsWith("close");
        assertThat(device.thread.isAlive()).isFalse();
    }
}
