package crosvm.vmm.virtio.queue;

import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.in;
import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.out;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import crosvm.vmm.linux.IoVectors;
import org.junit.jupiter.api.Test;

/** The device's side of a ring against a driver that keeps the rules. */
class SplitQueueTest extends SplitQueueFixture {
    @Test
    void showsTheDriverWhatIsStagedOnlyWhenAllOfItIsThere() throws QueueBroken {
        SplitQueue queue = queue();
        int first = driver.offer(in(DATA, 16));
        int second = driver.offer(in(DATA + 16, 16));
        assertThat(queue.pop()).isTrue();
        assertThat(queue.pop()).isTrue();
        queue.stage(first, 16);
        queue.stage(second, 3);
        assertThat(driver.usedIndex()).isZero();
        queue.publishStaged();
        assertThat(driver.usedIndex()).isEqualTo(2);
        assertThat(driver.usedId(0)).isEqualTo(first);
        assertThat(driver.usedLength(1)).isEqualTo(3);
    }

    @Test
    void popsWhatWasOfferedInItsOrder() throws QueueBroken {
        SplitQueue queue = queue();
        assertThat(queue.pop()).isFalse();
        int first = driver.offer(out(DATA, 16), in(DATA + 512, 100), in(DATA + 4096, 1));
        int second = driver.offer(in(DATA, 5));
        assertThat(queue.pop()).isTrue();
        assertThat(queue.chain().head()).isEqualTo(first);
        assertThat(queue.chain().readableBytes()).isEqualTo(16);
        assertThat(queue.chain().writableBytes()).isEqualTo(101);
        assertThat(queue.chain().writableCount()).isEqualTo(2);
        queue.push(101);
        assertThat(queue.pop()).isTrue();
        assertThat(queue.chain().head()).isEqualTo(second);
        assertThat(queue.chain().readableCount()).isZero();
        queue.push(5);
        assertThat(queue.pop()).isFalse();
        assertThat(driver.usedIndex()).isEqualTo(2);
        assertThat(driver.usedId(0)).isEqualTo(first);
        assertThat(driver.usedLength(0)).isEqualTo(101);
        assertThat(driver.usedId(1)).isEqualTo(second);
        assertThat(driver.usedLength(1)).isEqualTo(5);
    }

    @Test
    void goesRoundTheRingAndThroughTheWrapOfTheIndex() throws QueueBroken {
        driver.setAvailableIndex(0xfffa);
        memory.putU16(driver.used + 2, 0xfffa);
        SplitQueue queue = new SplitQueue(memory, driver.vring(0xfffa), false, false, call);
        for (int i = 0; i < 100; i++) {
            queue.beginBatch();
            int head = driver.offer(in(DATA, 1 + i));
            assertThat(queue.pop()).isTrue();
            assertThat(queue.chain().writableBytes()).isEqualTo(1 + i);
            queue.push(i);
            assertThat(driver.usedId(0xfffa + i)).isEqualTo(head);
        }
        assertThat(queue.nextAvailable()).isEqualTo(0xfffa + 100 & 0xffff);
        assertThat(driver.usedIndex()).isEqualTo(0xfffa + 100 & 0xffff);
    }

    @Test
    void readsIndirectTables() throws QueueBroken {
        driver.offerIndirect(TABLE, out(DATA, 16), out(DATA + 64, 8), in(DATA + 128, 32));
        SplitQueue queue = queue();
        assertThat(queue.pop()).isTrue();
        assertThat(queue.chain().readableBytes()).isEqualTo(24);
        assertThat(queue.chain().writableBytes()).isEqualTo(32);
        assertThat(queue.chain().head()).isZero();
    }

    @Test
    void readsDirectDescriptorsBeforeAnIndirectOne() throws QueueBroken {
        driver.writeDescriptor(TABLE, DATA + 64, 8, DriverQueue.WRITE, 0);
        driver.descriptor(0, DATA, 16, DriverQueue.NEXT, 1);
        driver.descriptor(1, TABLE, 16, DriverQueue.INDIRECT, 0);
        driver.publish(0);
        SplitQueue queue = queue();
        assertThat(queue.pop()).isTrue();
        assertThat(queue.chain().readableBytes()).isEqualTo(16);
        assertThat(queue.chain().writableBytes()).isEqualTo(8);
    }

    @Test
    void takesAnIndirectTableLongerThanTheQueue() throws QueueBroken {
        DriverQueue.Buffer[] buffers = new DriverQueue.Buffer[100];
        java.util.Arrays.fill(buffers, in(DATA, 10));
        driver.offerIndirect(TABLE, buffers);
        SplitQueue queue = queue();
        assertThat(queue.pop()).isTrue();
        assertThat(queue.chain().writableBytes()).isEqualTo(1000);
    }

    @Test
    void skipsEmptyDescriptors() throws QueueBroken {
        driver.offer(out(DATA, 0), out(DATA, 4), in(DATA, 0), out(0xffff_ffff_ffffL, 0), in(DATA, 1));
        SplitQueue queue = queue();
        assertThat(queue.pop()).isTrue();
        assertThat(queue.chain().readableCount()).isEqualTo(1);
        assertThat(queue.chain().writableCount()).isEqualTo(1);
    }

    @Test
    void endsABatchAfterAQueueFull() throws QueueBroken {
        SplitQueue queue = queue();
        for (int i = 0; i < 2 * SIZE; i++) {
            driver.offer(in(DATA, 1));
            if (i < SIZE) {
                assertThat(queue.pop()).isTrue();
                queue.push(1);
            }
        }
        assertThat(queue.pop()).isFalse();
        assertThat(queue.batchIsFull()).isTrue();
        queue.beginBatch();
        assertThat(queue.pop()).isTrue();
    }

    @Test
    void popsNoMoreOnceAskedToStop() throws QueueBroken {
        SplitQueue queue = queue();
        driver.offer(in(DATA, 1));
        queue.requestStop();
        assertThat(queue.pop()).isFalse();
        assertThat(queue.enableKicks()).isFalse();
        assertThat(queue.nextAvailable()).isZero();
    }

    @Test
    void popsAgainWhatWasPutBack() throws QueueBroken {
        SplitQueue queue = queue();
        int head = driver.offer(in(DATA, 7));
        assertThat(queue.pop()).isTrue();
        queue.undoPop();
        assertThat(queue.nextAvailable()).isZero();
        assertThat(queue.pop()).isTrue();
        assertThat(queue.chain().head()).isEqualTo(head);
        assertThat(queue.pop()).isFalse();
    }

    @Test
    void addressesDataAcrossDescriptors() throws QueueBroken {
        for (int i = 0; i < 32; i++) {
            memory.putU8(DATA + i, i);
        }
        driver.offer(out(DATA, 3), out(DATA + 3, 1), out(DATA + 4, 28), in(DATA + 64, 2), in(DATA + 128, 30));
        SplitQueue queue = queue();
        queue.pop();
        DescriptorChain chain = queue.chain();
        assertThat(chain.getReadable(0, 4)).isEqualTo(0x03020100L);
        assertThat(chain.getReadable(1, 8)).isEqualTo(0x0807060504030201L);
        byte[] bytes = new byte[30];
        chain.read(2, bytes, 0, 30);
        assertThat(bytes[0]).isEqualTo((byte) 2);
        assertThat(bytes[29]).isEqualTo((byte) 31);
        chain.write(1, new byte[] {50, 51, 52}, 0, 3);
        assertThat(memory.u8(DATA + 65)).isEqualTo(50);
        assertThat(memory.u8(DATA + 128)).isEqualTo(51);
        chain.putWritable(31, 99);
        assertThat(memory.u8(DATA + 157)).isEqualTo(99);
        IoVectors vectors = new IoVectors(4);
        chain.addReadable(3, 2, vectors);
        assertThat(vectors.count()).isEqualTo(2);
        assertThat(vectors.bytes()).isEqualTo(2);
        for (long[] bad : new long[][] {{29, 4}, {32, 1}, {-1, 1}, {Long.MAX_VALUE, 8}}) {
            assertThatExceptionOfType(QueueBroken.class).isThrownBy(() -> chain.getReadable(bad[0], (int) bad[1]));
        }
        assertThatExceptionOfType(QueueBroken.class).isThrownBy(() -> chain.putWritable(32, 0));
    }

    @Test
    void readsUnsignedWords() throws QueueBroken {
        memory.putU32(DATA, 0xffff_fffe);
        driver.offer(out(DATA, 4));
        SplitQueue queue = queue();
        queue.pop();
        assertThat(queue.chain().getReadable(0, 4)).isEqualTo(0xffff_fffeL);
    }
}
