package crosvm.vmm.virtio.pci;

import crosvm.seccomp.filter.RuleEvaluator;
import crosvm.seccomp.filter.SeccompData;
import crosvm.seccomp.policy.Policy;
import crosvm.seccomp.policy.PolicySource;
import crosvm.vmm.VmmException;
import crosvm.vmm.device.blk.BlockFile;
import crosvm.vmm.hosting.HandedDevice;
import crosvm.vmm.jail.JailPolicy;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.module.kind.BlkModule;
import crosvm.vmm.virtio.DeviceType;
import crosvm.vmm.virtio.Feature;
import crosvm.vmm.virtio.host.VhostUserServer;
import crosvm.vmm.virtio.queue.DriverQueue;
import crosvm.vmm.virtio.remote.DeviceProcess;
import crosvm.vmm.virtio.remote.DeviceProgram;
import crosvm.vmm.virtio.remote.HijackedMain;
import crosvm.vmm.virtio.remote.LoopThread;
import crosvm.vmm.virtio.remote.RemoteDevice;
import crosvm.vmm.virtio.remote.VhostUserBackend;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Machines with a disk whose jailed process has been taken over, one after the other: a guest's driver sets it up, kicks it,
 * wires its interrupts to and fro and resets it, while it is seen that the main loop turns. Then the machine is told to stop.
 */
final class HijackSoak {
    private static final int FCNTL = 72;
    private static final int F_SETFL = 4;
    private static final int LOOP_SECONDS = 5;
    /** For a register write in a process's hands, and for the end. */
    private static final int DEVICE_SECONDS = 25;

    private static final int STOP_SECONDS = 8;
    /** A machine lives no longer. */
    private static final long MACHINE_SECONDS = 4;

    private static final int SECTORS = 2048;

    private final Random random;
    private final Policy policy = Policy.load(PolicySource.bundled(), "block_device.policy");
    private final List<String> deaths = new CopyOnWriteArrayList<>();
    private long machines;
    private long resets;
    private volatile long progress;

    HijackSoak(long seed) {
        random = new Random(seed);
    }

    /** @return what was done @throws AssertionError when the main loop, a register write or the end took too long */
    String run(long nanoseconds) throws Exception {
        Path image = Files.createTempFile("hijack", ".img");
        long end = System.nanoTime() + nanoseconds;
        try {
            while (System.nanoTime() < end) {
                machine(image, Math.min(end, System.nanoTime() + MACHINE_SECONDS * 1_000_000_000L));
                require(Files.size(image) == SECTORS * BlockFile.SECTOR, "the image has grown to " + Files.size(image));
                machines++;
            }
        } finally {
            Files.delete(image);
        }
        return machines + " machines, " + resets + " resets, " + deaths.size() + " devices lost";
    }

    private List<String> arguments(BlockFile disk) {
        boolean blocking = RuleEvaluator.decide(policy, SeccompData.of(FCNTL, 5, F_SETFL, 0))
                .letsThrough();
        List<String> words = new ArrayList<>(List.of(Long.toString(random.nextLong()), blocking ? "blocking" : "kept"));
        words.addAll(HandedDevice.arguments(
                VhostUserServer.Memory.SEALED,
                List.of(new HandedDevice<>(new BlkModule(), new BlkModule.Parts("data", false, disk.file()), null))));
        return words;
    }

    private void machine(Path image, long until) throws Exception {
        Files.write(image, new byte[SECTORS * BlockFile.SECTOR]);
        try (BlockFile disk = BlockFile.open(image, false);
                Fd log = Fd.open("/dev/null", Fd.O_RDWR);
                LoopThread frontLoop = new LoopThread();
                GuestMemory memory = GuestMemory.allocate(1 << 20);
                DeviceProcess process = DeviceProcess.start(new DeviceProgram(
                        "data",
                        1,
                        HijackedMain.class,
                        arguments(disk),
                        new JailPolicy(policy, JailPolicy.OnViolation.KILL),
                        log,
                        List.of(disk.file())))) {
            VhostUserBackend backend;
            try {
                RemoteDevice device = RemoteDevice.of(DeviceType.BLOCK, "blk data", 1, 256, 60);
                backend = process.connect(0, device, frontLoop.loop, deaths::add);
            } catch (VmmException e) {
                deaths.add(String.valueOf(e.getMessage())); // It has broken the session before there was one.
                return;
            }
            PciDriver driver = new PciDriver(memory, backend);
            int before = deaths.size();
            boolean[] stop = new boolean[1];
            Thread guest = new Thread(() -> drive(driver, memory, stop), "guest");
            guest.setDaemon(true);
            guest.start();
            while (System.nanoTime() < until && deaths.size() == before) {
                requireTurning(driver);
                long seen = progress;
                for (int i = 0; i < DEVICE_SECONDS * 10 && progress == seen; i++) {
                    Thread.sleep(100);
                }
                require(progress != seen, "a register write has taken more than " + DEVICE_SECONDS + " s");
            }
            synchronized (stop) {
                stop[0] = true;
            }
            end(driver, guest);
        }
    }

    private static void requireTurning(PciDriver driver) throws InterruptedException {
        CountDownLatch turned = new CountDownLatch(1);
        driver.loop.post(turned::countDown);
        require(turned.await(LOOP_SECONDS, TimeUnit.SECONDS), "the main loop stands still");
    }

    /** As the machine does it: hurry, wait for the vCPU, close. */
    private static void end(PciDriver driver, Thread guest) throws InterruptedException {
        driver.function.hurry();
        guest.join(TimeUnit.SECONDS.toMillis(STOP_SECONDS));
        require(!guest.isAlive(), "a vCPU has not come back within " + STOP_SECONDS + " s");
        Thread closing = new Thread(driver::close, "closing");
        closing.setDaemon(true);
        closing.start();
        closing.join(TimeUnit.SECONDS.toMillis(STOP_SECONDS));
        require(!closing.isAlive(), "the device has not been closed within " + STOP_SECONDS + " s");
    }

    private static void require(boolean held, String otherwise) {
        if (!held) {
            throw new AssertionError(otherwise);
        }
    }

    private void drive(PciDriver driver, GuestMemory memory, boolean[] stop) {
        while (true) {
            synchronized (stop) {
                if (stop[0]) {
                    return;
                }
            }
            driver.setMsix(random.nextBoolean(), random.nextBoolean());
            driver.setStatus(0);
            driver.setStatus(3);
            driver.accept(Feature.VERSION_1 | random.nextInt() & Feature.EVENT_IDX);
            driver.setStatus(11);
            driver.setMessage(0, 0xfee0_0000L, 0x41);
            driver.maskVector(0, random.nextBoolean());
            memory.write(0x1000, new byte[0x1000], 0, 0x1000);
            driver.enableQueue(0, new DriverQueue(memory, 0x1000, 16));
            driver.setStatus(15);
            for (int i = random.nextInt(40); i > 0; i--) {
                driver.notifyQueue(0);
                driver.isr();
                driver.device(0, 4);
                driver.pending(0);
                driver.setMsix(random.nextBoolean(), random.nextBoolean());
                driver.maskVector(0, random.nextBoolean());
                progress++;
            }
            resets++;
            progress++;
        }
    }
}
