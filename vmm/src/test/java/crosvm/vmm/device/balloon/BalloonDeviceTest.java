package crosvm.vmm.device.balloon;

import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.in;
import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.out;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.vmm.VmmException;
import crosvm.vmm.event.EventFd;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.jna.LibC;
import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.virtio.DeviceLog;
import crosvm.vmm.virtio.queue.DriverQueue;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The balloon from its driver's side and from its operator's. */
@Timeout(120)
class BalloonDeviceTest extends BalloonFixture {
    private DriverQueue.Buffer pages(long... numbers) {
        for (int i = 0; i < numbers.length; i++) {
            memory.putU32(LIST + 4L * i, (int) numbers[i]);
        }
        return out(LIST, 4 * numbers.length);
    }

    @Test
    void saysWhatItIs() {
        host(new BalloonDevice(64 * MIB, 16 * MIB, true, true), 0);
        assertThat(backend.features() & 0xff_ffffL).isEqualTo(1 | 1 << 1 | 1 << 2 | 1 << 5);
        assertThat(backend.queueCount()).isEqualTo(4);
        assertThat(backend.readConfig(0, 4)).as("num_pages").isEqualTo(4096);
        assertThat(backend.readConfig(4, 4)).as("actual").isZero();
        assertThat(device.target()).isEqualTo(16 * MIB);
    }

    @Test
    void offersOnlyWhatTheSpecAllows() {
        host(new BalloonDevice(64 * MIB, 0, false, false), 0);
        assertThat(backend.features() & 0xff_ffffL)
                .isEqualTo(BalloonDevice.F_MUST_TELL_HOST | BalloonDevice.F_STATS_VQ);
        assertThat(backend.queueCount()).isEqualTo(3);
    }

    @Test
    void tellsTheDriverOfANewTargetAndTheOperatorOfTheActualSize() {
        host(recording(NEVER), 0);
        device.setTarget(8 * MIB);
        device.setTarget(8 * MIB);
        assertThat(host.configChanges).as("changes told").hasValue(1);
        assertThat(backend.readConfig(0, 4)).isEqualTo(2048);
        backend.writeConfig(4, 4, 1000);
        assertThat(device.actual()).isEqualTo(1000 * PAGE);
        backend.writeConfig(4, 4, 0xffff_ffffL);
        assertThat(device.actual()).as("what a lying driver can claim").isEqualTo(memory.size());
        backend.writeConfig(0, 4, 1);
        assertThat(device.target())
                .as("the target is not the driver's to write")
                .isEqualTo(8 * MIB);
        backend.reset();
        assertThat(device.actual()).isZero();
        assertThat(device.target()).isEqualTo(8 * MIB);
    }

    @Test
    void refusesATargetThatCannotBe() {
        device = recording(NEVER);
        for (long target : new long[] {-PAGE, 17 * MIB, 5000}) {
            assertThatThrownBy(() -> device.setTarget(target))
                    .isInstanceOf(VmmException.class)
                    .hasMessageContaining("balloon: invalid target of " + target)
                    .hasMessageContaining("memory of 16777216");
        }
        assertThat(device.target()).isZero();
        device.close();
    }

    @Test
    void givesPagesBackInRunsWhateverTheirOrder() {
        host(recording(NEVER), ALL);
        offer(start(0), pages(0x205, 0x300, 0x203, 0x204, 0x204, 0x301));
        assertThat(runs).containsExactly("0x203000+3", "0x300000+2");
        assertThat(device.givenBack()).isEqualTo(5 * PAGE);
    }

    @Test
    void passesByPagesThatAreNotTheGuests() {
        host(recording(NEVER), ALL);
        offer(start(0), pages(0xffff_ffffL, 0xfff, 0x1000, 0x1001, 0x8000_0000L));
        assertThat(runs).containsExactly("0xfff000+1");
        assertThat(host.failures).isEmpty();
    }

    @Test
    void takesListsCutAnywhereAndIgnoresHalfANumber() {
        host(recording(NEVER), ALL);
        pages(0x200, 0x201, 0x202);
        offer(start(0), out(LIST, 3), out(LIST + 3, 6), out(LIST + 9, 2));
        assertThat(runs).as("the third number lacks a byte").containsExactly("0x200000+2");
    }

    @Test
    void takesListsLongerThanItsBatch() {
        host(recording(NEVER), ALL);
        long[] numbers = new long[2100];
        Arrays.setAll(numbers, i -> 0x300 + i);
        offer(start(0), pages(numbers));
        assertThat(runs).containsExactly("0x300000+1024", "0x700000+1024", "0xb00000+52");
    }

    @Test
    void survivesBuffersWithoutAList() {
        host(recording(NEVER), ALL);
        DriverQueue ring = start(0);
        offer(ring, in(LIST, 64));
        offer(ring, out(LIST, 0));
        assertThat(runs).isEmpty();
    }

    private static long[] range(long first, int count) {
        long[] numbers = new long[count];
        Arrays.setAll(numbers, i -> first + i);
        return numbers;
    }

    private void awaitRuns(int count) {
        long deadline = System.nanoTime() + 10_000_000_000L;
        while (runs.size() < count && System.nanoTime() < deadline) {
            Thread.onSpinWait();
        }
    }

    @Test
    void waitsForTheRestOfAHugePageWhenTheDriverTellsBeforeItUsesPagesAgain() {
        host(recording(NEVER), ALL | BalloonDevice.F_MUST_TELL_HOST);
        DriverQueue ring = start(0);
        offer(ring, pages(range(0x400, 256)));
        offer(ring, pages(range(0x500, 256)));
        assertThat(runs).as("one hole, none that splits").containsExactly("0x400000+512");
        assertThat(device.givenBack()).isEqualTo(2 * MIB);
    }

    @Test
    void givesBackWhatWaitsWhenNothingMoreComes() {
        host(recording(NEVER), ALL | BalloonDevice.F_MUST_TELL_HOST);
        offer(start(0), pages(0x205, 0x203, 0x204, 0x800, 0xfff, 0x1000));
        awaitRuns(3);
        assertThat(runs)
                .as("0x1000 is no page of the guest's")
                .containsExactly("0x203000+3", "0x800000+1", "0xfff000+1");
        assertThat(device.givenBack()).isEqualTo(5 * PAGE);
    }

    @Test
    void leavesTheGuestWhatItTakesOutWhileThatStillWaits() {
        host(recording(NEVER), ALL | BalloonDevice.F_MUST_TELL_HOST);
        DriverQueue inflate = start(0);
        EventFd kickDeflate = EventFd.create("deflate");
        DriverQueue deflate = new DriverQueue(memory, 0x2000, 16);
        backend.startQueue(1, deflate.vring(), kickDeflate, call);
        backend.loopOf(1).call(() -> {});
        inflate.offer(pages(0x203, 0x204, 0x205));
        memory.putU32(LIST + 0x1000, 0x204);
        memory.putU32(LIST + 0x1004, 0xffff_ffff);
        deflate.offer(out(LIST + 0x1000, 8));
        // Both in one go of the worker's, so that no time passes between them.
        backend.loopOf(0).call(() -> {
            kick.signal();
            kickDeflate.signal();
        });
        awaitRuns(2);
        assertThat(runs).containsExactlyInAnyOrder("0x203000+1", "0x205000+1");
        kickDeflate.close();
    }

    @Test
    void holdsNoMoreThanSoManyHugePages() {
        try (GuestMemory large = GuestMemory.allocate((HeldPages.MAX_HELD + 1L) * 2 * MIB)) {
            HeldPages held = new HeldPages(new PageReturn(
                    (guest, address, length) -> {
                        runs.add("0x" + Long.toHexString(address));
                        return 0;
                    },
                    new DeviceLog("balloon")));
            for (long huge = 0; huge <= HeldPages.MAX_HELD; huge++) {
                assertThat(runs).isEmpty();
                held.add(large, new long[] {huge << 9}, 1);
            }
            assertThat(runs).hasSize(HeldPages.MAX_HELD + 1);
            assertThat(held.isEmpty()).isTrue();
        }
    }

    @Test
    void forgetsWhatWaitsWhenTheDriverResetsIt() throws InterruptedException {
        host(recording(NEVER), ALL | BalloonDevice.F_MUST_TELL_HOST);
        offer(start(0), pages(0x203, 0x204));
        backend.reset();
        Thread.sleep(300); // Three times as long as it waits: what comes later than that is no part of it.
        assertThat(runs).isEmpty();
    }

    @Test
    void deflatesWithoutAnythingToDo() {
        host(recording(NEVER), ALL);
        offer(start(1), pages(0x200, 0x201));
        assertThat(runs).isEmpty();
    }

    @Test
    void givesReportedRangesBackExceptForTheirRaggedEnds() {
        host(recording(NEVER), ALL);
        offer(start(3), in(0x20_0000, 2 * MIB), in(0x50_0001, 3 * PAGE), in(0x60_0000, 100));
        assertThat(runs).containsExactly("0x200000+512", "0x501000+2");
    }

    @Test
    void findsTheReportingQueueWhereADriverWithoutStatisticsHasIt() {
        host(recording(NEVER), BalloonDevice.F_PAGE_REPORTING);
        offer(start(2), in(0x20_0000, PAGE));
        assertThat(runs).containsExactly("0x200000+1");
    }

    @Test
    void realPagesLeaveTheHostAndComeBackAsZeros() {
        host(new BalloonDevice(memory.size(), 0, true, true), ALL);
        for (long at = 8 * MIB; at < 16 * MIB; at += PAGE) {
            memory.putU32(at, 0x5a5a5a5a);
        }
        long[] numbers = new long[1024];
        Arrays.setAll(numbers, i -> 8 * MIB / PAGE + i);
        DriverQueue.Buffer list = pages(numbers);
        DriverQueue ring = start(0);
        long before = allocated();
        offer(ring, list);
        assertThat(before - allocated()).as("bytes of the memfd given back").isEqualTo(4 * MIB);
        assertThat(memory.u32(8 * MIB)).isZero();
        assertThat(memory.u32(12 * MIB)).as("a page beside the run").isEqualTo(0x5a5a5a5a);
        memory.putU32(8 * MIB, 77);
        assertThat(memory.u32(8 * MIB)).as("used again without asking").isEqualTo(77);
    }

    /** Bytes that the memory's file takes of the host: st_blocks of struct stat at its place on x86-64. */
    private long allocated() {
        Fd file = memory.regions().get(0).file();
        try {
            Process stat = new ProcessBuilder(
                            "stat", "-L", "-c", "%b", "/proc/" + LibC.getpid() + "/fd/" + file.number())
                    .start();
            return 512 * Long.parseLong(new String(stat.getInputStream().readAllBytes()).trim());
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
