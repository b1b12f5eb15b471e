package crosvm.vmm.virtio;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.schema.model.MacAddress;
import crosvm.vmm.console.PortOutput;
import crosvm.vmm.device.balloon.BalloonProbe;
import crosvm.vmm.device.blk.BlkDevice;
import crosvm.vmm.device.blk.BlockFile;
import crosvm.vmm.device.console.ConsoleDevice;
import crosvm.vmm.device.net.FrameSocket;
import crosvm.vmm.device.net.NetDevice;
import crosvm.vmm.device.rng.RngDevice;
import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.virtio.queue.DriverQueue;
import crosvm.vmm.virtio.queue.QueueBroken;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What every device owes the host, whatever its driver does: random chains, from almost right to rubbish, end in used
 * chains or a broken queue, never in another exception, and no byte changes that was not in a writable descriptor.
 */
class VirtioDeviceContract {
    private static final int MEMORY = 256 << 10;
    private static final int RING_SIZE = 32;
    private static final long RING = 0x1000;
    private static final long TABLES = 0x4000;
    private static final int TABLE_ENTRIES = 64;
    private static final long DATA = 0x8000;
    private static final int DATA_SIZE = 0x8000;
    private static final int ROUNDS = 2000;

    @TempDir
    static Path folder;

    static Stream<Arguments> devices() {
        return Stream.of(
                device("blk", 0, () -> new Subject(disk("rw.img", false))),
                device("blk read-only", 0, () -> new Subject(disk("ro.img", true))),
                device("balloon", 0, () -> new Subject(BalloonProbe.device())),
                device("rng", 0, () -> new Subject(new RngDevice())),
                device("console receive", 0, VirtioDeviceContract::console),
                device("console transmit", 1, VirtioDeviceContract::console),
                device("net receive", 0, VirtioDeviceContract::card),
                device("net transmit", 1, VirtioDeviceContract::card),
                device("net control", 2, VirtioDeviceContract::card),
                device("net stream receive", 0, VirtioDeviceContract::streamCard),
                device("net stream transmit", 1, VirtioDeviceContract::streamCard));
    }

    private static Arguments device(String name, int queue, Supplier<Subject> make) {
        return Arguments.of(name, queue, make);
    }

    /**
     * @param otherEnd what the device is connected to; closed behind it
     * @param feed something for the device to bring in, before each round
     */
    private record Subject(VirtioDevice device, Runnable otherEnd, Consumer<Random> feed) implements AutoCloseable {
        Subject(VirtioDevice device) {
            this(device, () -> {}, random -> {});
        }

        @Override
        public void close() {
            device.close();
            otherEnd.run();
        }
    }

    /** A console at which somebody types, and which prints to nowhere. */
    private static Subject console() {
        ConsoleDevice console = new ConsoleDevice(PortOutput.discarding(), false);
        return new Subject(console, () -> {}, random -> console.offer(new byte[700], 0, random.nextInt(700)));
    }

    /** A network card on what behaves like a tap. */
    private static Subject card() {
        FrameSocket host = FrameSocket.seqpacket();
        NetDevice card = NetDevice.onTap("card", new MacAddress(2), List.of(host.takeDeviceEnd()), 1500);
        return new Subject(card, host::close, random -> {
            while (host.receive() != null) {
                // Room for more.
            }
            for (int i = random.nextInt(4); i > 0; i--) {
                host.send(new byte[12 + random.nextInt(3000)]);
            }
        });
    }

    private static Subject streamCard() {
        FrameSocket host = FrameSocket.stream();
        NetDevice card = NetDevice.onStream("card", new MacAddress(2), host.takeDeviceEnd());
        return new Subject(card, host::close, random -> {
            while (host.receive() != null) {
                // Room for more.
            }
            for (int i = random.nextInt(4); i > 0; i--) {
                host.sendFramed(new byte[14 + random.nextInt(3000)]);
            }
        });
    }

    private static VirtioDevice disk(String name, boolean readOnly) {
        try {
            Path image = Files.write(folder.resolve(name), new byte[64 << 10]);
            return new BlkDevice(BlockFile.open(image, readOnly), name);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("devices")
    void survivesRandomChainsAndWritesIntoWritableDescriptorsOnly(String name, int queue, Supplier<Subject> make)
            throws Exception {
        int completed = 0;
        int broken = 0;
        try (GuestMemory memory = GuestMemory.allocate(MEMORY);
                Subject subject = make.get()) {
            VirtioDevice device = subject.device();
            for (int seed = 0; seed < ROUNDS; seed++) {
                Random random = new Random(seed);
                fillData(memory, random);
                subject.feed().accept(random);
                QueueBench bench = new QueueBench(device, queue, memory, RING, RING_SIZE, device.features());
                if (random.nextBoolean()) {
                    randomRing(bench.driver, random);
                } else {
                    almostRightRing(bench.driver, random);
                }
                MemorySnapshot before = new MemorySnapshot(memory);
                BitSet allowed = writable(memory, bench.driver);
                try {
                    for (int i = 0; i < 3; i++) {
                        bench.handle();
                    }
                } catch (QueueBroken e) {
                    assertThat(e.rule()).isNotEmpty();
                    broken++;
                }
                bench.stop(); // What is in flight comes back.
                completed += bench.driver.usedIndex();
                before.assertUnchangedBut(seed, allowed);
                bench.call.close();
            }
        }
        assertThat(completed).as("some chains are right").isGreaterThan(ROUNDS / 20);
        assertThat(broken).as("some chains are wrong").isGreaterThan(ROUNDS / 20);
    }

    private static void fillData(GuestMemory memory, Random random) {
        byte[] data = new byte[DATA_SIZE];
        random.nextBytes(data);
        memory.write(DATA, data, 0, data.length);
        for (long at = DATA; at < DATA + DATA_SIZE; at += 512) { // Plausible headers of requests, here and there.
            if (random.nextInt(3) > 0) {
                memory.putU32(at, random.nextInt(16));
                memory.putU64(at + 8, random.nextInt(150) - 10);
            }
        }
    }

    private static void randomRing(DriverQueue driver, Random random) {
        for (int i = 0; i < RING_SIZE; i++) {
            randomDescriptor(driver, random, driver.descriptors + 16L * i, RING_SIZE, random.nextInt(8) == 0);
        }
        for (int i = 0; i < TABLE_ENTRIES; i++) {
            randomDescriptor(driver, random, TABLES + 16L * i, TABLE_ENTRIES, random.nextInt(64) == 0);
        }
        int chains = random.nextInt(16) == 0 ? random.nextInt(0x10000) : random.nextInt(6);
        for (int i = 0; i < RING_SIZE; i++) {
            int head = random.nextInt(50) == 0 ? random.nextInt(0x10000) : random.nextInt(RING_SIZE);
            driver.memory.putU16(driver.available + 4 + 2L * i, head);
        }
        driver.setAvailableIndex(chains);
    }

    /** Requests as drivers make them, cut into pieces anywhere, now and then with one descriptor spoilt. */
    private static void almostRightRing(DriverQueue driver, Random random) {
        for (int chains = 1 + random.nextInt(6); chains > 0; chains--) {
            int outs = random.nextInt(3);
            int ins = 1 + random.nextInt(2);
            DriverQueue.Buffer[] buffers = new DriverQueue.Buffer[outs + ins];
            for (int i = 0; i < buffers.length; i++) {
                int length = i == 0 ? 16 : i == buffers.length - 1 ? 1 : 512 * random.nextInt(3);
                buffers[i] = new DriverQueue.Buffer(DATA + 512L * random.nextInt(60), length, i >= outs);
            }
            if (random.nextInt(4) == 0) {
                driver.offerIndirect(TABLES + 16L * random.nextInt(TABLE_ENTRIES - 8), buffers);
            } else {
                driver.offer(buffers);
            }
        }
        if (random.nextInt(8) == 0) {
            randomDescriptor(
                    driver, random, driver.descriptors + 16L * random.nextInt(8), RING_SIZE, random.nextBoolean());
        }
    }

    private static void randomDescriptor(DriverQueue driver, Random random, long at, int entries, boolean indirect) {
        long address = DATA + (random.nextBoolean() ? 512L * random.nextInt(60) : random.nextInt(DATA_SIZE - 4096));
        long length = switch (random.nextInt(6)) {
            case 0 -> 16;
            case 1 -> 1;
            case 2 -> 512;
            case 3 -> 513;
            case 4 -> 16 * random.nextInt(40);
            default -> random.nextInt(2048);
        };
        int flags = random.nextInt(3) == 0 ? 0 : random.nextInt(4);
        int next = random.nextInt(30) == 0 ? random.nextInt(0x10000) : random.nextInt(entries);
        if (indirect) {
            flags = DriverQueue.INDIRECT | (random.nextInt(20) == 0 ? 1 : 0);
            address = TABLES + 16L * random.nextInt(TABLE_ENTRIES);
            length = 16L * random.nextInt(8) + (random.nextInt(10) == 0 ? 3 : 0);
        }
        if (random.nextInt(60) == 0) {
            address = random.nextLong();
        }
        if (random.nextInt(60) == 0) {
            length = random.nextInt() & 0xffff_ffffL;
        }
        driver.writeDescriptor(at, address, length, flags, next);
    }

    /** All bytes that some descriptor calls writable, and the used ring. */
    private static BitSet writable(GuestMemory memory, DriverQueue driver) {
        BitSet bytes = new BitSet(MEMORY);
        bytes.set((int) driver.used, (int) driver.end());
        for (int i = 0; i < RING_SIZE; i++) {
            addWritable(memory, driver.descriptors + 16L * i, bytes);
        }
        for (int i = 0; i < TABLE_ENTRIES; i++) {
            addWritable(memory, TABLES + 16L * i, bytes);
        }
        return bytes;
    }

    private static void addWritable(GuestMemory memory, long at, BitSet bytes) {
        long address = memory.u64(at);
        long length = memory.u32(at + 8) & 0xffff_ffffL;
        if ((memory.u16(at + 12) & DriverQueue.WRITE) != 0 && memory.contains(address, length)) {
            bytes.set((int) address, (int) (address + length));
        }
    }
}
