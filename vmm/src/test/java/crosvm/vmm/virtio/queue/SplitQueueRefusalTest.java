package crosvm.vmm.virtio.queue;

import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.in;
import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.out;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.api.Test;

/** The device's side of a ring against a driver that breaks the rules. */
class SplitQueueRefusalTest extends SplitQueueFixture {
    private void assertBroken(String rule) {
        assertThatExceptionOfType(QueueBroken.class)
                .isThrownBy(() -> queue().pop())
                .withMessageContaining(rule);
    }

    @Test
    void rejectsDescriptorChainThatLoops() {
        driver.descriptor(0, DATA, 16, DriverQueue.NEXT, 1);
        driver.descriptor(1, DATA, 16, DriverQueue.NEXT, 0);
        driver.publish(0);
        assertBroken("loop");
    }

    @Test
    void rejectsIndirectChainThatLoops() {
        driver.writeDescriptor(TABLE, DATA, 16, DriverQueue.NEXT, 1);
        driver.writeDescriptor(TABLE + 16, DATA, 16, DriverQueue.NEXT, 0);
        driver.descriptor(0, TABLE, 32, DriverQueue.INDIRECT, 0);
        driver.publish(0);
        assertBroken("loop");
    }

    @Test
    void rejectsHeadAndNextOutsideTheTable() {
        driver.publish(SIZE);
        assertBroken("index 8 in a table of 8");
        laysTheRingOut();
        driver.descriptor(0, DATA, 16, DriverQueue.NEXT, 0x8000);
        driver.publish(0);
        assertBroken("index 32768");
        laysTheRingOut();
        driver.writeDescriptor(TABLE, DATA, 16, DriverQueue.NEXT, 2);
        driver.descriptor(0, TABLE, 32, DriverQueue.INDIRECT, 0);
        driver.publish(0);
        assertBroken("index 2 in a table of 2");
    }

    @Test
    void rejectsBuffersOutsideGuestMemory() {
        for (long address : new long[] {1 << 20, (1 << 20) - 8, -16, Long.MIN_VALUE, Long.MAX_VALUE}) {
            laysTheRingOut();
            driver.descriptor(0, address, 16, 0, 0);
            driver.publish(0);
            assertBroken("not in guest memory");
        }
    }

    @Test
    void rejectsHugeLengths() {
        driver.descriptor(0, DATA, 0xffff_ffffL, 0, 0);
        driver.publish(0);
        assertBroken("4294967295 bytes");
        laysTheRingOut();
        driver.descriptor(0, DATA, 0x7fff_ffffL, 0, 0);
        driver.publish(0);
        assertBroken("not in guest memory");
    }

    @Test
    void rejectsReadableAfterWritable() {
        driver.offer(in(DATA, 16), out(DATA, 16));
        assertBroken("readable descriptor after a writable");
    }

    @Test
    void rejectsIndirectWhereItIsNotAllowed() throws QueueBroken {
        driver.offerIndirect(TABLE, in(DATA, 1));
        SplitQueue without = new SplitQueue(memory, driver.vring(), false, false, call);
        assertThatExceptionOfType(QueueBroken.class).isThrownBy(without::pop).withMessageContaining("indirect");
        laysTheRingOut();
        driver.writeDescriptor(TABLE, TABLE, 16, DriverQueue.INDIRECT, 0);
        driver.descriptor(0, TABLE, 16, DriverQueue.INDIRECT, 0);
        driver.publish(0);
        assertBroken("indirect");
        laysTheRingOut();
        driver.descriptor(0, TABLE, 16, DriverQueue.INDIRECT | DriverQueue.NEXT, 0);
        driver.publish(0);
        assertBroken("indirect");
    }

    @Test
    void rejectsIndirectTablesOfBadSizeOrPlace() {
        for (long length : new long[] {0, 8, 24, 0xffff_fff0L}) {
            laysTheRingOut();
            driver.descriptor(0, TABLE, length, DriverQueue.INDIRECT, 0);
            driver.publish(0);
            assertBroken("indirect table");
        }
        laysTheRingOut();
        driver.descriptor(0, -16, 32, DriverQueue.INDIRECT, 0);
        driver.publish(0);
        assertBroken("indirect table");
    }

    @Test
    void rejectsIndexThatJumps() {
        driver.setAvailableIndex(SIZE + 1);
        assertBroken("from 0 to 9");
        driver.setAvailableIndex(0xffff);
        assertBroken("from 0 to 65535");
    }

    @Test
    void rejectsChainsLongerThanTheLimit() {
        for (int i = 0; i < 2000; i++) {
            driver.writeDescriptor(0x20000 + 16L * i, DATA, 1, i < 1999 ? DriverQueue.NEXT : 0, i + 1);
        }
        driver.descriptor(0, 0x20000, 16 * 2000, DriverQueue.INDIRECT, 0);
        driver.publish(0);
        assertBroken("longer than 1024");
    }

    @Test
    void rejectsRingsThatCannotBe() {
        long good = 0x1000;
        assertThatRingBreaks(new Vring(0, good, good, good, 0));
        assertThatRingBreaks(new Vring(3, good, good, good, 0));
        assertThatRingBreaks(new Vring(65536, good, good, good, 0));
        assertThatRingBreaks(new Vring(-8, good, good, good, 0));
        assertThatRingBreaks(new Vring(8, good + 8, good, good, 0));
        assertThatRingBreaks(new Vring(8, good, good + 1, good, 0));
        assertThatRingBreaks(new Vring(8, good, good, good + 2, 0));
        assertThatRingBreaks(new Vring(8, (1 << 20) - 64, good, good, 0));
        assertThatRingBreaks(new Vring(8, good, -2, good, 0));
        assertThatRingBreaks(new Vring(8, good, good, Long.MAX_VALUE & -4, 0));
    }

    private void assertThatRingBreaks(Vring ring) {
        assertThatExceptionOfType(QueueBroken.class).isThrownBy(() -> new SplitQueue(memory, ring, true, true, call));
    }
}
