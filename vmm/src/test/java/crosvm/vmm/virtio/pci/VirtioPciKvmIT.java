package crosvm.vmm.virtio.pci;

import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.in;
import static org.assertj.core.api.Assertions.assertThat;

import crosvm.vmm.bus.KvmIoEvents;
import crosvm.vmm.device.rng.RngDevice;
import crosvm.vmm.event.EventFd;
import crosvm.vmm.irq.KvmMsiRoutes;
import crosvm.vmm.irq.MsiRoute;
import crosvm.vmm.kvm.ExitReason;
import crosvm.vmm.machine.TinyGuest;
import crosvm.vmm.virtio.host.ThreadBackend;
import crosvm.vmm.virtio.queue.DriverQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Notifications and MSI-X through the kernel: a guest's kick and the interrupt that answers it cost no exit to us. */
@Timeout(120)
class VirtioPciKvmIT {
    private static final int VECTOR = 0x40;
    private static final long MESSAGE = 0xfee0_0000L;
    private static final int HANDLER = 0x1100;
    /** Queue 0's notification of the function that {@link PciDriver} plugs in. */
    private static final long NOTIFY = PciDriver.BAR + 0x3000;

    private static final int READY = 1;
    private static final int MAY_KICK = 0x1200;

    /** Enables the local APIC, kicks, and waits for interrupts for ever; the handler reports 0x77 for each. */
    private static TinyGuest guestThatKicksAndWaits() {
        return withHandler(TinyGuest.of16Bit(
                0x66, 0x67, 0xc7, 0x05, 0xf0, 0x00, 0xe0, 0xfe, 0xff, 0x01, 0x00, 0x00, // mov dword [0xfee000f0],0x1ff
                0xfb, // sti
                0x67, 0xa3, 0x00, 0x30, 0x10, 0xc0, // mov [0xc0103000],ax
                0xf4, // hlt
                0xeb, 0xfd)); // back to hlt
    }

    /** The same, but reports {@link #READY} and waits for {@link #MAY_KICK} before it kicks. */
    private static TinyGuest guestThatWaitsBeforeItKicks() {
        return withHandler(TinyGuest.of16Bit(
                0x66,
                0x67,
                0xc7,
                0x05,
                0xf0,
                0x00,
                0xe0,
                0xfe,
                0xff,
                0x01,
                0x00,
                0x00, // mov dword [0xfee000f0],0x1ff
                0xfb, // sti
                0xb0,
                READY,
                0xe6,
                TinyGuest.REPORT_PORT, // mov al,READY; out REPORT_PORT,al
                0x80,
                0x3e,
                0x00,
                0x12,
                0x00, // cmp byte [MAY_KICK],0
                0x74,
                0xf9, // je back to it
                0x67,
                0xa3,
                0x00,
                0x30,
                0x10,
                0xc0, // mov [0xc0103000],ax
                0xf4, // hlt
                0xeb,
                0xfd)); // back to hlt
    }

    private static TinyGuest withHandler(TinyGuest guest) {
        int[] handler = {
            0xb0,
            0x77,
            0xe6,
            TinyGuest.REPORT_PORT, // mov al,0x77; out REPORT_PORT,al
            0x66,
            0x67,
            0xc7,
            0x05,
            0xb0,
            0x00,
            0xe0,
            0xfe,
            0x00,
            0x00,
            0x00,
            0x00, // mov dword [0xfee000b0],0
            0xcf // iret
        };
        for (int i = 0; i < handler.length; i++) {
            guest.memory().putU8(HANDLER + i, handler[i]);
        }
        guest.memory().putU32(4 * VECTOR, HANDLER);
        return guest;
    }

    /** Where nobody takes the kick it exits; by then the local APIC takes interrupts. */
    private static void startAndAwaitTheKick(TinyGuest guest) throws InterruptedException {
        guest.start();
        while (guest.exits(ExitReason.MMIO) == 0) {
            Thread.sleep(1);
        }
    }

    @Test
    void carriesAKickToTheWorkerAndTheInterruptBackWithoutAnExit() throws InterruptedException {
        try (TinyGuest guest = guestThatWaitsBeforeItKicks();
                PciDriver driver = new PciDriver(
                        guest.memory(),
                        new ThreadBackend(new RngDevice()),
                        new KvmMsiRoutes(guest.vm()),
                        new KvmIoEvents(guest.vm()))) {
            DriverQueue ring = new DriverQueue(guest.memory(), 0x18000, 16);
            driver.setMsix(true, false);
            driver.negotiate(driver.offered());
            driver.enableQueue(0, ring);
            driver.setCommon(PciDriver.QUEUE_VECTOR, 2, 1);
            driver.setMessage(1, MESSAGE, VECTOR);
            driver.maskVector(1, false);
            driver.driverOk();
            assertThat(driver.notifyAddress(0)).isEqualTo(NOTIFY);
            guest.start();
            assertThat(guest.report()).isEqualTo(READY); // An interrupt before its local APIC is on would be lost.
            Thread.sleep(1000); // The worker has looked at the empty ring: from now on only a kick brings it back.
            ring.offer(in(0x1a000, 64));
            Thread.sleep(100);
            assertThat(ring.usedIndex()).isZero();
            guest.memory().putU8(MAY_KICK, 1);
            assertThat(guest.report()).isEqualTo(0x77);
            assertThat(ring.usedLength(0)).isEqualTo(64);
            assertThat(guest.exits(ExitReason.MMIO)).isZero();
        }
    }

    @Test
    void sendsWhatWaitedWhileTheVectorWasMasked() throws InterruptedException {
        try (TinyGuest guest = guestThatKicksAndWaits()) {
            MsiRoute route = new KvmMsiRoutes(guest.vm()).allocate();
            InterruptSource source = new InterruptSource("source", 1);
            assertThat(route.program(MESSAGE, VECTOR)).isTrue();
            source.event.signal();
            startAndAwaitTheKick(guest);
            source.toMessage(route);
            assertThat(guest.report()).isEqualTo(0x77);
            source.toNowhere();
            assertThat(source.waiting()).isFalse();
            source.event.signal();
            assertThat(source.waiting()).isTrue();
            source.toMessage(route);
            assertThat(guest.report()).isEqualTo(0x77);
            source.close();
            route.close();
        }
    }

    @Test
    void keepsRoutesApartAndTakesNewMessages() throws InterruptedException {
        try (TinyGuest guest = guestThatKicksAndWaits();
                EventFd call = EventFd.create("call")) {
            KvmMsiRoutes routes = new KvmMsiRoutes(guest.vm());
            MsiRoute first = routes.allocate();
            MsiRoute second = routes.allocate();
            assertThat(first.program(MESSAGE, VECTOR + 1)).isTrue();
            assertThat(second.program(MESSAGE, VECTOR)).isTrue();
            startAndAwaitTheKick(guest);
            second.connect(call);
            call.signal();
            assertThat(guest.report()).isEqualTo(0x77);
            second.disconnect(call);
            assertThat(first.program(MESSAGE, VECTOR)).isTrue();
            first.connect(call);
            call.signal();
            assertThat(guest.report()).isEqualTo(0x77);
            first.close();
            second.close();
            assertThat(routes.allocate().program(MESSAGE, VECTOR)).isTrue();
        }
    }

    @Test
    void doesWithoutAnIoEventThatIsTaken() {
        try (TinyGuest guest = guestThatKicksAndWaits();
                EventFd first = EventFd.create("first");
                EventFd second = EventFd.create("second")) {
            KvmIoEvents events = new KvmIoEvents(guest.vm());
            assertThat(events.add(first, NOTIFY)).isTrue();
            assertThat(events.add(second, NOTIFY)).isFalse();
            events.remove(first, NOTIFY);
            assertThat(events.add(second, NOTIFY)).isTrue();
        }
    }
}
