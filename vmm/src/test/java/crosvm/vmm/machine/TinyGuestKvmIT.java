package crosvm.vmm.machine;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.vmm.RecordedEvents;
import crosvm.vmm.bus.BusDevice;
import crosvm.vmm.console.PortOutput;
import crosvm.vmm.device.acpi.AcpiPm;
import crosvm.vmm.device.cmos.CmosRtc;
import crosvm.vmm.device.i8042.I8042;
import crosvm.vmm.device.pvpanic.Pvpanic;
import crosvm.vmm.device.serial.Uart16550;
import crosvm.vmm.event.EventLoop;
import crosvm.vmm.event.PreciseTimer;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The platform's devices as guest code meets them, in both modes. */
@Timeout(120)
class TinyGuestKvmIT {
    private final RecordedEvents events = new RecordedEvents();

    @Test
    void runsCodeIn16BitMode() throws InterruptedException {
        // mov al,42; out 0xf4,al; hlt
        try (TinyGuest guest = TinyGuest.of16Bit(0xb0, 42, 0xe6, 0xf4, 0xf4)) {
            assertThat(guest.start().report()).isEqualTo(42);
        }
    }

    @Test
    void runsCodeIn64BitModeWithAStackAndMmioAbove32BitSigns() throws InterruptedException {
        // mov rax,0x1122334455667788; push rax; pop rbx; mov ecx,0xd0000000; mov [rcx],rbx; mov eax,[rcx+8];
        // out 0xf4,eax; hlt
        try (TinyGuest guest = TinyGuest.of64Bit(
                0x48, 0xb8, 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11, 0x50, 0x5b, 0xb9, 0, 0, 0, 0xd0, 0x48, 0x89,
                0x19, 0x8b, 0x41, 0x08, 0xe7, 0xf4, 0xf4)) {
            BlockingQueue<Long> written = new LinkedBlockingQueue<>();
            guest.mmio().add(0xd000_0000L, 16, "device", new BusDevice() {
                @Override
                public long read(long offset, int size) {
                    return 0xcafe_0000L + offset * 16 + size;
                }

                @Override
                public void write(long offset, int size, long value) {
                    written.add(value);
                }
            });
            assertThat(guest.start().report()).isEqualTo(0xcafe_0084L);
            assertThat(written.poll()).isEqualTo(0x1122334455667788L);
        }
    }

    @Test
    void readsAllOnesWhereNoDeviceIs() throws InterruptedException {
        // in al,0x80; out 0xf4,al; in eax,0x90; out 0xf4,eax; hlt
        try (TinyGuest guest = TinyGuest.of16Bit(0xe4, 0x80, 0xe6, 0xf4, 0x66, 0xe5, 0x90, 0x66, 0xe7, 0xf4, 0xf4)) {
            guest.start();
            assertThat(guest.report()).isEqualTo(0xff);
            assertThat(guest.report()).isEqualTo(0xffff_ffffL);
        }
    }

    @Test
    void tellsATripleFaultFromOtherEnds() throws InterruptedException {
        // ud2 in 64-bit mode, where there is no IDT
        try (TinyGuest guest = TinyGuest.of64Bit(0x0f, 0x0b)) {
            assertThat(guest.start().end().reason()).isEqualTo(Shutdown.Reason.TRIPLE_FAULT);
        }
    }

    @Test
    void readsTheSecondsOfTheClock() throws InterruptedException {
        // mov al,0; out 0x70,al; in al,0x71; out 0xf4,al; hlt
        try (TinyGuest guest = TinyGuest.of16Bit(0xb0, 0, 0xe6, 0x70, 0xe4, 0x71, 0xe6, 0xf4, 0xf4)) {
            Clock clock = Clock.fixed(Instant.parse("2026-11-24T10:11:42Z"), ZoneOffset.UTC);
            guest.ports()
                    .add(
                            CmosRtc.INDEX_PORT,
                            CmosRtc.PORTS,
                            "RTC",
                            new CmosRtc(clock, 2 << 20, guest.line(8), moment -> {}));
            assertThat(guest.start().report()).isEqualTo(0x42);
        }
    }

    @Test
    void resetsPanicsAndPowersOff() throws InterruptedException {
        // mov al,1; mov dx,0x505; out dx,al; mov dx,0x604; mov ax,0x3400; out dx,ax; mov al,0xfe; out 0x64,al;
        // out 0xf4,al; hlt
        try (TinyGuest guest = TinyGuest.of16Bit(
                0xb0, 1, 0xba, 0x05, 0x05, 0xee, 0xba, 0x04, 0x06, 0xb8, 0x00, 0x34, 0xef, 0xb0, 0xfe, 0xe6, 0x64, 0xe6,
                0xf4, 0xf4)) {
            guest.ports().add(Pvpanic.PORT, 1, "pvpanic", new Pvpanic(events));
            new AcpiPm(guest.line(9), events, System::nanoTime).addTo(guest.ports());
            new I8042(events).addTo(guest.ports());
            guest.start().report();
            assertThat(events.seen).containsExactly("panicked", "powerOff", "reset");
        }
    }

    @Test
    void countsThePowerManagementTimerUpwards() throws InterruptedException {
        // mov dx,0x608; in eax,dx; mov ebx,eax; in eax,dx; sub eax,ebx; out 0xf4,eax; hlt
        try (TinyGuest guest = TinyGuest.of16Bit(
                0xba, 0x08, 0x06, 0x66, 0xed, 0x66, 0x89, 0xc3, 0x66, 0xed, 0x66, 0x29, 0xd8, 0x66, 0xe7, 0xf4, 0xf4)) {
            new AcpiPm(guest.line(9), events, System::nanoTime).addTo(guest.ports());
            assertThat(guest.start().report()).isBetween(1L, 3_579_545L * 30);
        }
    }

    @Test
    void wakesAHaltedGuestWithEachSerialInputByte() throws InterruptedException {
        int handler = 0x40;
        int[] main = {
            0xb0, 0x11, 0xe6, 0x20, // ICW1 to the PIC: edges, cascade, ICW4 follows
            0xb0, 0x08, 0xe6, 0x21, // ICW2: vectors from 8, so IRQ 4 is vector 12
            0xb0, 0x04, 0xe6, 0x21, // ICW3
            0xb0, 0x01, 0xe6, 0x21, // ICW4: 8086 mode
            0xb0, 0xef, 0xe6, 0x21, // only IRQ 4
            0xc7, 0x06, 0x30, 0x00, 0x40, 0x10, // mov word [0x30],0x1040: vector 12's offset
            0xc7, 0x06, 0x32, 0x00, 0x00, 0x00, // and segment
            0xba, 0xfc, 0x03, 0xb0, 0x0b, 0xee, // MCR: DTR, RTS, OUT2
            0xba, 0xf9, 0x03, 0xb0, 0x01, 0xee, // IER: received data
            0xe6, 0xf4, // tell that we are ready
            0xfb, 0xf4, 0xeb, 0xfc, // sti; hlt; again
        };
        int[] interrupt = {
            0xba,
            0xf8,
            0x03,
            0xec,
            0xe6,
            0xf4, // in al,dx; report it
            0xb0,
            0x20,
            0xe6,
            0x20, // end of interrupt
            0xcf // iret
        };
        int[] code = new int[handler + interrupt.length];
        System.arraycopy(main, 0, code, 0, main.length);
        System.arraycopy(interrupt, 0, code, handler, interrupt.length);
        try (TinyGuest guest = TinyGuest.of16Bit(code)) {
            Uart16550 uart = new Uart16550(PortOutput.discarding(), guest.line(4));
            guest.ports().add(0x3f8, Uart16550.PORTS, "COM1", uart);
            guest.start();
            assertThat(guest.report()).isEqualTo(1);
            for (int i = 0; i < 20; i++) {
                byte[] typed = {(byte) (i * 7)};
                assertThat(uart.offer(typed, 0, 1)).isEqualTo(1);
                assertThat(guest.report()).isEqualTo(i * 7);
            }
        }
    }

    @Test
    void wakesAHaltedGuestSixtyFourTimesASecondByTheClocksPeriodicInterrupt() throws InterruptedException {
        int handler = 0x80;
        int[] main = {
            0xb0, 0x11, 0xe6, 0x20, 0xb0, 0x08, 0xe6, 0x21, // the first PIC: vectors from 8
            0xb0, 0x04, 0xe6, 0x21, 0xb0, 0x01, 0xe6, 0x21, 0xb0, 0xfb, 0xe6, 0x21, // only the cascade
            0xb0, 0x11, 0xe6, 0xa0, 0xb0, 0x70, 0xe6, 0xa1, // the second: IRQ 8 is vector 0x70
            0xb0, 0x02, 0xe6, 0xa1, 0xb0, 0x01, 0xe6, 0xa1, 0xb0, 0xfe, 0xe6, 0xa1, // only IRQ 8
            0xc7, 0x06, 0xc0, 0x01, 0x80, 0x10, // mov word [0x1c0],0x1080: vector 0x70's offset
            0xc7, 0x06, 0xc2, 0x01, 0x00, 0x00, // and segment
            0xb0, 0x0a, 0xe6, 0x70, 0xb0, 0x2a, 0xe6, 0x71, // register A: 64 Hz
            0xb0, 0x0b, 0xe6, 0x70, 0xb0, 0x42, 0xe6, 0x71, // register B: PIE, 24 hours
            0xe6, 0xf4, // tell that we are ready
            0xfb, 0xf4, 0xeb, 0xfc, // sti; hlt; again
        };
        int[] interrupt = {
            0xb0, 0x0c, 0xe6, 0x70, 0xe4, 0x71, 0xe6, 0xf4, // report register C
            0xb0, 0x20, 0xe6, 0xa0, 0xe6, 0x20, // end of interrupt, twice
            0xcf, // iret
        };
        int[] code = new int[handler + interrupt.length];
        System.arraycopy(main, 0, code, 0, main.length);
        System.arraycopy(interrupt, 0, code, handler, interrupt.length);
        EventLoop loop = new EventLoop("test loop");
        AtomicReference<CmosRtc> rtc = new AtomicReference<>();
        Thread thread = new Thread(loop::run);
        try (loop;
                PreciseTimer timer =
                        new PreciseTimer("rtc", loop, () -> rtc.get().wakeUp());
                TinyGuest guest = TinyGuest.of16Bit(code)) {
            rtc.set(new CmosRtc(Clock.systemUTC(), 2 << 20, guest.line(8), timer::at));
            guest.ports().add(CmosRtc.INDEX_PORT, CmosRtc.PORTS, "RTC", rtc.get());
            thread.start();
            guest.start();
            assertThat(guest.report()).isEqualTo(0x42);
            guest.report();
            long start = System.nanoTime();
            for (int i = 0; i < 32; i++) {
                assertThat(guest.report() & 0xc0).isEqualTo(0xc0);
            }
            assertThat(System.nanoTime() - start).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(450));
            loop.stop();
            thread.join();
        }
    }

    @Test
    void closesWhileTheGuestSpins() throws InterruptedException {
        try (TinyGuest guest = TinyGuest.of64Bit(0xeb, 0xfe)) {
            guest.start();
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }
}
