package crosvm.vmm.virtio.pci;

import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.in;
import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.out;
import static org.assertj.core.api.Assertions.assertThat;

import crosvm.vmm.device.blk.BlkDevice;
import crosvm.vmm.device.blk.BlockFile;
import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.virtio.host.ThreadBackend;
import crosvm.vmm.virtio.queue.DriverQueue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A disk from the driver's registers to the file and back: PCI, rings, worker thread, system calls, MSI-X. */
@Timeout(120)
class VirtioBlkPciTest {
    private static final long HEADER = 0x8000;
    private static final long STATUS = 0x8100;
    private static final long DATA = 0x10000;

    @TempDir
    Path folder;

    private final GuestMemory memory = GuestMemory.allocate(4 << 20);
    private Path image;
    private PciDriver driver;
    private DriverQueue ring;

    @BeforeEach
    void plugsIn() throws IOException {
        image = folder.resolve("disk.img");
        byte[] content = new byte[64 << 10];
        for (int i = 0; i < content.length; i++) {
            content[i] = (byte) (i / 512);
        }
        Files.write(image, content);
        driver = new PciDriver(memory, new ThreadBackend(new BlkDevice(BlockFile.open(image, false), "vda")));
        ring = new DriverQueue(memory, 0x1000, 64);
        driver.setMsix(true, false);
        driver.negotiate(driver.offered());
        driver.enableQueue(0, ring);
        driver.setCommon(PciDriver.QUEUE_VECTOR, 2, 1);
        driver.setMessage(1, 0xfee0_0000L, 0x55);
        driver.maskVector(1, false);
        driver.driverOk();
    }

    @AfterEach
    void unplugs() {
        driver.close();
        memory.close();
    }

    private void request(int type, long sector) {
        memory.putU32(HEADER, type);
        memory.putU32(HEADER + 4, 0);
        memory.putU64(HEADER + 8, sector);
        memory.putU8(STATUS, 0xff);
    }

    @Test
    void readsASectorOnAKickAndInterrupts() {
        request(0, 3);
        ring.offer(out(HEADER, 16), in(DATA, 512), in(STATUS, 1));
        driver.ioEvents.events.values().forEach(e -> e.signal());
        assertThat(ring.awaitUsed()).isEqualTo(513);
        assertThat(memory.u8(STATUS)).isZero();
        assertThat(memory.u8(DATA)).isEqualTo(3);
        assertThat(memory.u8(DATA + 511)).isEqualTo(3);
        assertThat(driver.route(1).awaitDelivered()).isEqualTo(1);
    }

    @Test
    void writesAndFlushes() throws IOException {
        request(1, 5);
        for (int i = 0; i < 1024; i++) {
            memory.putU8(DATA + i, 0xa0 + i / 512);
        }
        ring.offer(out(HEADER, 16), out(DATA, 700), out(DATA + 700, 324), in(STATUS, 1));
        driver.notifyQueue(0);
        assertThat(ring.awaitUsed()).isEqualTo(1);
        assertThat(memory.u8(STATUS)).isZero();
        request(4, 0);
        ring.offer(out(HEADER, 16), in(STATUS, 1));
        driver.notifyQueue(0);
        assertThat(ring.awaitUsed()).isEqualTo(1);
        byte[] bytes = Files.readAllBytes(image);
        assertThat(bytes[5 * 512] & 0xff).isEqualTo(0xa0);
        assertThat(bytes[7 * 512 - 1] & 0xff).isEqualTo(0xa1);
        assertThat(bytes[7 * 512]).isEqualTo((byte) 7);
    }

    @Test
    void servesHundredsOfRequestsRoundTheRing() {
        for (int i = 0; i < 1000; i++) {
            request(0, i % 128);
            ring.offer(out(HEADER, 16), in(DATA, 512), in(STATUS, 1));
            driver.notifyQueue(0);
            assertThat(ring.awaitUsed()).isEqualTo(513);
            assertThat(memory.u8(DATA + 100)).isEqualTo(i % 128);
        }
    }

    @Test
    void comesBackAfterAResetInTheMiddleAndTouchesNothingMeanwhile() throws InterruptedException {
        for (int round = 0; round < 50; round++) {
            for (int i = 0; i < 10; i++) {
                request(0, i);
                ring.offer(out(HEADER, 16), in(DATA, 512), in(STATUS, 1));
            }
            driver.notifyQueue(0);
            driver.setStatus(0);
            assertThat(driver.status()).isZero();
            int used = ring.usedIndex();
            assertThat(used).isBetween(0, 11);
            Thread.sleep(1);
            assertThat(ring.usedIndex()).isEqualTo(used);
            ring = new DriverQueue(memory, 0x1000, 64);
            driver.negotiate(driver.offered());
            driver.enableQueue(0, ring);
            driver.driverOk();
            request(0, 9);
            ring.offer(out(HEADER, 16), in(DATA, 512), in(STATUS, 1));
            driver.notifyQueue(0);
            assertThat(ring.awaitUsed()).isEqualTo(513);
            assertThat(memory.u8(DATA)).isEqualTo(9);
        }
    }

    @Test
    void asksForAResetWhenTheRingIsBroken() throws InterruptedException {
        ring.setAvailableIndex(1000);
        driver.notifyQueue(0);
        for (int i = 0; i < 30000 && (driver.status() & 64) == 0; i++) {
            Thread.sleep(1);
        }
        assertThat(driver.status()).isEqualTo(15 | 64);
        driver.setStatus(0);
        assertThat(driver.status()).isZero();
    }
}
