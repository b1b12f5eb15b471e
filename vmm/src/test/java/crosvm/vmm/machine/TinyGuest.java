package crosvm.vmm.machine;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import crosvm.vmm.bus.Bus;
import crosvm.vmm.bus.BusDevice;
import crosvm.vmm.event.EventLoop;
import crosvm.vmm.irq.InterruptLine;
import crosvm.vmm.kvm.CpuidEntry;
import crosvm.vmm.kvm.ExitReason;
import crosvm.vmm.kvm.GuestCpuid;
import crosvm.vmm.kvm.Kvm;
import crosvm.vmm.kvm.KvmVcpu;
import crosvm.vmm.kvm.KvmVm;
import crosvm.vmm.kvm.VcpuState;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.linux.abi.Field;
import crosvm.vmm.linux.abi.KvmRegs;
import crosvm.vmm.linux.abi.KvmSregs;
import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.memory.MemoryLayout;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A few dozen bytes of guest code on a real vCPU, with the engine's own vCPU thread, buses and interrupt chips. The test
 * adds its devices to {@link #ports()} and {@link #mmio()}, starts it, and takes what the guest reports: every write to
 * port {@value #REPORT_PORT} arrives at {@link #report()}.
 *
 * <pre>{@code
 * try (TinyGuest guest = TinyGuest.of16Bit(0xb0, 0x2a, 0xe6, 0xf4, 0xf4)) { // mov al,42; out 0xf4,al; hlt
 *     assertThat(guest.start().report()).isEqualTo(42);
 * }
 * }</pre>
 */
public final class TinyGuest implements AutoCloseable {
    /** The guest's way to speak to the test, 1 to 4 bytes at a time. */
    public static final int REPORT_PORT = 0xf4;

    /** Where the code is, and starts. */
    public static final long CODE = 0x1000;

    /** The stack's top in 64-bit mode and, with SS 0, in 16-bit mode. */
    public static final long STACK = 0x8000;

    private static final long PAGE_TABLES = 0x10000;
    private static final long MEMORY = 2 << 20;
    private static final long REPORT_SECONDS = 30;

    private final Kvm kvm;
    private final KvmVm vm;
    private final GuestMemory memory;
    private final KvmVcpu vcpu;
    private final VcpuThread thread;
    private final Bus ports = new Bus("port");
    private final Bus mmio = new Bus("MMIO");
    private final BlockingQueue<Long> reports = new LinkedBlockingQueue<>();
    private final BlockingQueue<Shutdown> shutdowns = new LinkedBlockingQueue<>();

    private TinyGuest(int... code) {
        assumeKvm();
        kvm = Kvm.open();
        vm = kvm.createVm();
        memory = GuestMemory.allocate(MEMORY);
        vm.setMemoryRegion(0, memory.regions().get(0));
        vm.createInterruptChips(MemoryLayout.IDENTITY_MAP_ADDRESS, MemoryLayout.TSS_ADDRESS);
        vcpu = vm.createVcpu(0);
        List<CpuidEntry> cpuid = new GuestCpuid(kvm.supportedCpuid(), 1, false).forVcpu(0);
        vcpu.setCpuid(cpuid);
        VcpuState.powerOn(vcpu, cpuid);
        thread = new VcpuThread(vcpu, ports, mmio, shutdowns::add);
        for (int i = 0; i < code.length; i++) {
            memory.putU8(CODE + i, code[i]);
        }
        ports.add(REPORT_PORT, 4, "report", new BusDevice() {
            @Override
            public long read(long offset, int size) {
                return 0;
            }

            @Override
            public void write(long offset, int size, long value) {
                reports.add(value);
            }
        });
    }

    /** Skips the calling test, with the reason, where /dev/kvm does not open. */
    public static void assumeKvm() {
        Path device = Path.of(Kvm.DEVICE);
        assumeTrue(
                Files.isReadable(device) && Files.isWritable(device),
                "no /dev/kvm that opens: run in the lab (.ci/lab)");
    }

    /** Real mode: CS, SS and the data segments at 0, data segments 4 GiB wide, interrupts off, vectors at 0. */
    public static TinyGuest of16Bit(int... code) {
        TinyGuest guest = new TinyGuest(code);
        NativeBuffer sregs = guest.vcpu.sregs();
        ByteBuffer s = sregs.bytes();
        for (Field register : new Field[] {KvmSregs.CS, KvmSregs.DS, KvmSregs.ES, KvmSregs.SS}) {
            KvmSregs.SEGMENT_BASE.set(s, register.offset(), 0, 0);
            KvmSregs.SEGMENT_SELECTOR.set(s, register.offset(), 0, 0);
        }
        KvmSregs.SEGMENT_LIMIT.set(s, KvmSregs.DS.offset(), 0, 0xffff_ffffL);
        KvmSregs.SEGMENT_G.set(s, KvmSregs.DS.offset(), 0, 1);
        guest.vcpu.setSregs(sregs);
        guest.setStart();
        return guest;
    }

    /** 64-bit mode, ring 0, the first 4 GiB mapped to themselves, interrupts off and no IDT. */
    public static TinyGuest of64Bit(int... code) {
        TinyGuest guest = new TinyGuest(code);
        guest.mapFirstFourGiB();
        NativeBuffer sregs = guest.vcpu.sregs();
        ByteBuffer s = sregs.bytes();
        for (Field register : new Field[] {KvmSregs.CS, KvmSregs.DS, KvmSregs.ES, KvmSregs.SS}) {
            boolean code64 = register == KvmSregs.CS;
            int at = register.offset();
            KvmSregs.SEGMENT_BASE.set(s, at, 0, 0);
            KvmSregs.SEGMENT_LIMIT.set(s, at, 0, 0xffff_ffffL);
            KvmSregs.SEGMENT_SELECTOR.set(s, at, 0, code64 ? 0x08 : 0x10);
            KvmSregs.SEGMENT_TYPE.set(s, at, 0, code64 ? 0xb : 0x3);
            KvmSregs.SEGMENT_PRESENT.set(s, at, 0, 1);
            KvmSregs.SEGMENT_S.set(s, at, 0, 1);
            KvmSregs.SEGMENT_L.set(s, at, 0, code64 ? 1 : 0);
            KvmSregs.SEGMENT_DB.set(s, at, 0, code64 ? 0 : 1);
            KvmSregs.SEGMENT_G.set(s, at, 0, 1);
        }
        KvmSregs.CR0.set(s, 0x8000_0011L); // PG, ET, PE
        KvmSregs.CR3.set(s, PAGE_TABLES);
        KvmSregs.CR4.set(s, 1 << 5); // PAE
        KvmSregs.EFER.set(s, 1 << 8 | 1 << 10); // LME, LMA
        guest.vcpu.setSregs(sregs);
        guest.setStart();
        return guest;
    }

    private void mapFirstFourGiB() {
        long pointers = PAGE_TABLES + 0x1000;
        memory.putU64(PAGE_TABLES, pointers | 3);
        for (int i = 0; i < 4; i++) {
            long directory = pointers + 0x1000L * (i + 1);
            memory.putU64(pointers + 8L * i, directory | 3);
            for (int j = 0; j < 512; j++) {
                memory.putU64(directory + 8L * j, (long) (i * 512 + j) << 21 | 0x83); // 2 MiB, writable, present
            }
        }
    }

    private void setStart() {
        NativeBuffer regs = NativeBuffer.of(KvmRegs.LAYOUT);
        KvmRegs.RIP.set(regs.bytes(), CODE);
        KvmRegs.RSP.set(regs.bytes(), STACK);
        KvmRegs.RFLAGS.set(regs.bytes(), 2);
        vcpu.setRegs(regs);
    }

    public Bus ports() {
        return ports;
    }

    public Bus mmio() {
        return mmio;
    }

    /** 2 MiB from address 0; the first 96 KiB are in use by the code, the stack and the page tables. */
    public GuestMemory memory() {
        return memory;
    }

    public KvmVm vm() {
        return vm;
    }

    /** A wire into the in-kernel interrupt chips. */
    public InterruptLine line(int gsi) {
        return level -> vm.irqLine(gsi, level);
    }

    public TinyGuest start() {
        thread.start();
        return this;
    }

    List<VcpuThread> threads() {
        return List.of(thread);
    }

    GuestTime time() {
        return new GuestTime(vm, List.of(vcpu));
    }

    Suspension suspension(EventLoop loop) {
        return new Suspension(threads(), time(), loop);
    }

    /** Of a guest that is suspended. */
    long instructionPointer() {
        return KvmRegs.RIP.get(vcpu.regs().bytes());
    }

    /** Of a guest that is suspended. */
    Map<String, Object> registers() {
        return GuestRegisters.of(vm, List.of(vcpu));
    }

    /** The next value that the guest wrote to the report port. @throws AssertionError after {@value #REPORT_SECONDS} s */
    public long report() throws InterruptedException {
        Long value = reports.poll(REPORT_SECONDS, TimeUnit.SECONDS);
        if (value == null) {
            throw new AssertionError("the guest reported nothing; ended: " + shutdowns);
        }
        return value;
    }

    /** How the guest ended by itself. @throws AssertionError when it does not, for {@value #REPORT_SECONDS} s */
    public Shutdown end() throws InterruptedException {
        Shutdown end = shutdowns.poll(REPORT_SECONDS, TimeUnit.SECONDS);
        if (end == null) {
            throw new AssertionError("the guest did not end");
        }
        return end;
    }

    /** Exits to user space of that kind so far. */
    public long exits(ExitReason reason) {
        return thread.exits().get(reason.ordinal());
    }

    @Override
    public void close() {
        thread.stop();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        vcpu.close();
        vm.close();
        kvm.close();
        memory.close();
    }
}
