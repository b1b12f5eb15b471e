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
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A guest that writes rubbish into every register and ring of a disk: nothing is thrown, and a reset heals the device. */
@Timeout(120)
class HostileDriverContract {
    private static final int[] SIZES = {1, 2, 4, 8};
    private static final int ROUNDS = 60;

    @TempDir
    Path folder;

    private final GuestMemory memory = GuestMemory.allocate(1 << 20);
    private Random random = new Random(0);

    @Test
    void survivesRubbishInEveryRegisterAndRing() throws IOException {
        Path image = Files.write(folder.resolve("disk.img"), new byte[64 << 10]);
        try (PciDriver driver =
                new PciDriver(memory, new ThreadBackend(new BlkDevice(BlockFile.open(image, false), "hostile")))) {
            for (int seed = 0; seed < ROUNDS; seed++) {
                random = new Random(seed);
                rubbish(driver, 200);
                heal(driver);
                startAndBreak(driver);
                heal(driver);
                worksAgain(driver);
            }
        } finally {
            memory.close();
        }
    }

    private long value() {
        return switch (random.nextInt(6)) {
            case 0 -> 0;
            case 1 -> -1;
            case 2 -> 1L << random.nextInt(64);
            case 3 -> random.nextInt(256);
            case 4 -> random.nextInt(1 << 20);
            default -> random.nextLong();
        };
    }

    private void rubbish(PciDriver driver, int writes) {
        for (int i = 0; i < writes; i++) {
            int size = SIZES[random.nextInt(4)];
            switch (random.nextInt(5)) {
                case 0 -> driver.ecam.write((long) PciDriver.SLOT << 15 | random.nextInt(256), size, value());
                case 1 -> driver.ecam.read((long) PciDriver.SLOT << 15 | random.nextInt(4096), size);
                case 2 -> driver.mmio.read(PciDriver.BAR + random.nextInt(0x6000), size);
                default -> {
                    int page = random.nextInt(3) == 0 ? random.nextInt(8) : 0;
                    int at = random.nextInt(page == 0 ? 0x40 : 0x100);
                    driver.mmio.write(PciDriver.BAR + page * 0x1000L + at, size, value());
                }
            }
        }
    }

    /** What a driver that knows nothing does first: decoding on where the BAR belongs, reset. */
    private void heal(PciDriver driver) {
        driver.setCommand(0);
        driver.setConfig(0x10, 4, PciDriver.BAR);
        driver.setCommand(2);
        driver.setMsix(false, false);
        driver.setStatus(0);
        assertThat(driver.status()).isZero();
        assertThat(driver.ioEvents.events).isEmpty();
        assertThat(driver.line).isFalse();
    }

    private void startAndBreak(PciDriver driver) {
        byte[] noise = new byte[0x4000];
        random.nextBytes(noise);
        driver.negotiate(driver.offered());
        DriverQueue ring = new DriverQueue(memory, 0x1000, 64);
        driver.enableQueue(0, ring);
        driver.driverOk();
        memory.write(0x1000, noise, 0, (int) (ring.used - 0x1000)); // Descriptors and available ring, not the used one.
        if (random.nextBoolean()) {
            ring.setAvailableIndex(1 + random.nextInt(64));
        }
        driver.notifyQueue(0);
        rubbish(driver, random.nextInt(20));
    }

    private void worksAgain(PciDriver driver) {
        driver.negotiate(driver.offered());
        DriverQueue ring = new DriverQueue(memory, 0x1000, 64);
        driver.enableQueue(0, ring);
        driver.driverOk();
        memory.putU32(0x8000, 0);
        memory.putU64(0x8008, 1);
        memory.putU8(0x9000, 0xff);
        ring.offer(out(0x8000, 16), in(0xa000, 512), in(0x9000, 1));
        driver.notifyQueue(0);
        assertThat(ring.awaitUsed()).isEqualTo(513);
        assertThat(memory.u8(0x9000)).isZero();
        driver.setStatus(0);
    }
}
