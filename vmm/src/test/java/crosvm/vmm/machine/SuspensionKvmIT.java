package crosvm.vmm.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.LIST;
import static org.assertj.core.api.InstanceOfAssertFactories.MAP;

import crosvm.vmm.bus.BusDevice;
import crosvm.vmm.event.EventLoop;
import crosvm.vmm.operation.GuestControl;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Guests of a few bytes that count without a pause, suspended and resumed. */
@Timeout(120)
class SuspensionKvmIT {
    private static final int COUNTER = 0x80;

    private final EventLoop loop = new EventLoop("test");
    private final Thread thread = new Thread(loop::run, "test-loop");
    private final AtomicLong counted = new AtomicLong();

    @AfterEach
    void endsTheLoop() throws InterruptedException {
        loop.stop();
        thread.join();
        loop.close();
    }

    /** {@code l: out 0x80,al; jmp l}, and the test counts the exits. */
    private TinyGuest counting() {
        TinyGuest guest = TinyGuest.of16Bit(0xe6, COUNTER, 0xeb, 0xfc);
        guest.ports().add(COUNTER, 1, "counter", new BusDevice() {
            @Override
            public long read(long offset, int size) {
                return 0;
            }

            @Override
            public void write(long offset, int size, long value) {
                counted.incrementAndGet();
            }
        });
        thread.start();
        return guest.start();
    }

    private void awaitProgress() throws InterruptedException {
        long before = counted.get();
        for (int i = 0; i < 3000 && counted.get() < before + 3; i++) {
            Thread.sleep(10);
        }
        assertThat(counted.get()).isGreaterThan(before);
    }

    /** Runs on the loop, which owns the suspension, and waits for its answer. */
    private void suspend(Suspension suspension) throws InterruptedException {
        CountDownLatch done = new CountDownLatch(1);
        loop.post(() -> suspension.suspend(done::countDown));
        assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
    }

    private void resume(Suspension suspension) throws InterruptedException {
        CountDownLatch done = new CountDownLatch(1);
        loop.post(() -> suspension.resume(done::countDown));
        assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aSuspendedGuestStandsStillAndGoesOn() throws InterruptedException {
        try (TinyGuest guest = counting()) {
            Suspension suspension = guest.suspension(loop);
            for (int round = 0; round < 20; round++) {
                awaitProgress();
                suspend(suspension);
                long standing = counted.get();
                long rip = guest.instructionPointer();
                Thread.sleep(20);
                assertThat(counted.get()).isEqualTo(standing);
                assertThat(guest.instructionPointer()).isEqualTo(rip);
                resume(suspension);
            }
            awaitProgress();
        }
    }

    @Test
    void stopsAnewForWhoWaitedBehindOneThatLetTheGuestGoOn() throws InterruptedException {
        try (TinyGuest guest = counting()) {
            Suspension suspension = guest.suspension(loop);
            awaitProgress();
            CountDownLatch first = new CountDownLatch(1);
            CountDownLatch second = new CountDownLatch(1);
            loop.post(() -> {
                suspension.suspend(() -> suspension.resume(first::countDown));
                suspension.suspend(second::countDown);
            });
            assertThat(first.await(60, TimeUnit.SECONDS)).isTrue();
            assertThat(second.await(60, TimeUnit.SECONDS)).isTrue();
            long standing = counted.get();
            Thread.sleep(20);
            assertThat(counted.get()).isEqualTo(standing);
            resume(suspension);
            awaitProgress();
        }
    }

    @Test
    void tellsWhereASuspendedGuestStands() throws InterruptedException {
        try (TinyGuest guest = counting()) {
            Suspension suspension = guest.suspension(loop);
            awaitProgress();
            suspend(suspension);
            Map<String, Object> registers = guest.registers();
            assertThat(registers)
                    .hasEntrySatisfying(
                            "vcpus",
                            vcpus -> assertThat(vcpus)
                                    .asInstanceOf(LIST)
                                    .singleElement(MAP)
                                    .containsEntry("id", 0)
                                    .containsEntry("mpState", 0)
                                    .containsEntry("rip", "0x" + Long.toHexString(guest.instructionPointer()))
                                    .hasEntrySatisfying(
                                            "lapic",
                                            lapic -> assertThat(lapic)
                                                    .asInstanceOf(MAP)
                                                    .containsEntry("id", "0x0")
                                                    .containsEntry("requests", List.of())
                                                    .containsEntry("lvtLint0", "0x700")))
                    .hasEntrySatisfying(
                            "ioapic",
                            ioapic -> assertThat(ioapic)
                                    .asInstanceOf(MAP)
                                    .hasEntrySatisfying(
                                            "redirections",
                                            pins -> assertThat(pins)
                                                    .asInstanceOf(LIST)
                                                    .hasSize(24)
                                                    .allMatch(
                                                            pin -> pin.equals("0x10000"), "masked, as after a reset")));
            resume(suspension);
            awaitProgress();
        }
    }

    @Test
    void itsTimeStandsStillToo() throws InterruptedException {
        try (TinyGuest guest = counting()) {
            GuestTime time = guest.time();
            Suspension suspension = new Suspension(guest.threads(), time, loop);
            awaitProgress();
            suspend(suspension);
            long before = time.nanoTime();
            long clock = guest.vm().clock();
            Thread.sleep(3000);
            resume(suspension);
            suspend(suspension);
            assertThat(time.nanoTime() - before)
                    .as("ns between the two suspensions, in the guest")
                    .isLessThan(TimeUnit.MILLISECONDS.toNanos(2500));
            assertThat(guest.vm().clock() - clock)
                    .as("ns of its kvmclock")
                    .isLessThan(TimeUnit.MILLISECONDS.toNanos(2500));
        }
    }

    @Test
    void suspendingTwiceAndResumingTwiceIsAsOnce() throws InterruptedException {
        try (TinyGuest guest = counting()) {
            Suspension suspension = guest.suspension(loop);
            suspend(suspension);
            suspend(suspension);
            assertThat(suspension.state()).isEqualTo(GuestControl.State.SUSPENDED);
            resume(suspension);
            resume(suspension);
            awaitProgress();
        }
    }

    @Test
    void resumingWhileItIsBeingSuspendedLetsItGoOn() throws InterruptedException {
        try (TinyGuest guest = counting()) {
            Suspension suspension = guest.suspension(loop);
            CountDownLatch done = new CountDownLatch(2);
            loop.post(() -> {
                suspension.suspend(done::countDown);
                suspension.resume(done::countDown);
            });
            assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
            awaitProgress();
        }
    }

    @Test
    void aSuspendedGuestCanBeEnded() throws InterruptedException {
        TinyGuest guest = counting();
        suspend(guest.suspension(loop));
        guest.close(); // Stops the vCPU and waits for its thread.
        assertThat(guest.threads()).hasSize(1);
    }

    @Test
    void aHaltedGuestCanBeSuspendedAndResumed() throws InterruptedException {
        try (TinyGuest guest = TinyGuest.of16Bit(0xfa, 0xf4)) { // cli; hlt
            thread.start();
            guest.start();
            Suspension suspension = guest.suspension(loop);
            suspend(suspension);
            resume(suspension);
            suspend(suspension);
        }
    }
}
