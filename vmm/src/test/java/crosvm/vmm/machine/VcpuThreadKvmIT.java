package crosvm.vmm.machine;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.vmm.bus.Bus;
import crosvm.vmm.bus.BusDevice;
import crosvm.vmm.kvm.CpuidEntry;
import crosvm.vmm.kvm.ExitReason;
import crosvm.vmm.kvm.GuestCpuid;
import crosvm.vmm.kvm.Kvm;
import crosvm.vmm.kvm.KvmVcpu;
import crosvm.vmm.kvm.KvmVm;
import crosvm.vmm.kvm.VcpuState;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.linux.abi.KvmRegs;
import crosvm.vmm.linux.abi.KvmSregs;
import crosvm.vmm.machine.Shutdown.Reason;
import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.memory.MemoryLayout;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A few bytes of 16-bit guest code on a vCPU of KVM's. */
@Timeout(120)
class VcpuThreadKvmIT {
    private static final int CODE = 0x1000;
    private static final long DEVICE = 0xd000_0000L;

    private final Kvm kvm = Kvm.open();
    private final KvmVm vm = kvm.createVm();
    private final GuestMemory memory = GuestMemory.allocate(1 << 20);
    private final Bus ports = new Bus("port");
    private final Bus mmio = new Bus("MMIO");
    private final BlockingQueue<Shutdown> shutdowns = new ArrayBlockingQueue<>(4);
    private final List<String> seen = new CopyOnWriteArrayList<>();
    private KvmVcpu vcpu;
    private VcpuThread thread;

    @BeforeEach
    void createsTheVcpu() {
        vm.setMemoryRegion(0, memory.regions().get(0));
        vm.createInterruptChips(MemoryLayout.IDENTITY_MAP_ADDRESS, MemoryLayout.TSS_ADDRESS);
        vcpu = vm.createVcpu(0);
        List<CpuidEntry> cpuid = new GuestCpuid(kvm.supportedCpuid(), 1, false).forVcpu(0);
        vcpu.setCpuid(cpuid);
        VcpuState.powerOn(vcpu, cpuid);
        thread = new VcpuThread(vcpu, ports, mmio, shutdowns::add);
    }

    @AfterEach
    void closesEverything() throws InterruptedException {
        thread.stop();
        thread.join();
        vcpu.close();
        vm.close();
        kvm.close();
        memory.close();
    }

    @Test
    void leavesAGuestThatSpinsWhenToldToStop() throws InterruptedException {
        load(0xff, 0x06, 0x00, 0x05, 0xeb, 0xfa); // again: inc word [0x500]; jmp again
        thread.start();
        for (int i = 0; i < 3000 && memory.u16(0x500) == 0; i++) {
            Thread.sleep(10);
        }
        thread.stop();
        thread.join();
        assertThat(thread.exits().get(ExitReason.INTR.ordinal())).isEqualTo(1);
        assertThat(shutdowns).isEmpty();
    }

    @Test
    void leavesAGuestThatHaltsForEverWhenToldToStop() throws InterruptedException {
        load(0xfa, 0xf4); // cli; hlt
        thread.start();
        Thread.sleep(50);
        thread.stop();
        thread.join();
        assertThat(shutdowns).isEmpty();
    }

    @Test
    void stopsBeforeTheFirstInstructionToo() throws InterruptedException {
        load(0xeb, 0xfe);
        thread.start();
        thread.stop();
        thread.join();
        assertThat(shutdowns).isEmpty();
    }

    @Test
    void answersPortAccessesOfEverySizeAndStringInstructions() throws InterruptedException {
        ports.add(0x10, 8, "test device", device());
        // mov al,0x5a; out 0x10,al; in ax,0x12; out 0x14,ax; mov si,CODE; mov dx,0x10; mov cx,3; rep outsb; jmp $
        load(
                0xb0, 0x5a, 0xe6, 0x10, 0xe5, 0x12, 0xe7, 0x14, 0xbe, 0x00, 0x10, 0xba, 0x10, 0x00, 0xb9, 0x03, 0x00,
                0xf3, 0x6e, 0xeb, 0xfe);
        thread.start();
        waitForAccesses(6);
        assertThat(seen)
                .containsExactly(
                        "write 0 1 5a", "read 2 2", "write 4 2 1234", "write 0 1 b0", "write 0 1 5a", "write 0 1 e6");
    }

    @Test
    void answersMmioAccesses() throws InterruptedException {
        mmio.add(DEVICE, 16, "test device", device());
        // mov eax,[0xd0000004]; mov [0xd0000008],al  with a flat segment; jmp $
        load(0x66, 0x67, 0xa1, 0x04, 0x00, 0x00, 0xd0, 0x67, 0xa2, 0x08, 0x00, 0x00, 0xd0, 0xeb, 0xfe);
        thread.start();
        waitForAccesses(2);
        assertThat(seen).containsExactly("read 4 4", "write 8 1 34");
    }

    @Test
    void reportsAGuestThatKvmCannotRunWithTheReasonAndTheRegisters() throws InterruptedException {
        // mov ax,0x1234; jmp 0xffff:0xfff0, past the end of memory, where KVM finds no instruction to emulate
        load(0xb8, 0x34, 0x12, 0xea, 0xf0, 0xff, 0xff, 0xff);
        thread.start();
        Shutdown shutdown = shutdowns.poll(30, TimeUnit.SECONDS);
        assertThat(shutdown).isNotNull();
        assertThat(shutdown.reason()).isEqualTo(Reason.FAILED);
        assertThat(shutdown.detail())
                .contains("vCPU 0: KVM internal error 1")
                .contains("1234")
                .contains("cr0");
    }

    private void waitForAccesses(int count) throws InterruptedException {
        for (int i = 0; i < 3000 && seen.size() < count; i++) {
            Thread.sleep(10);
        }
    }

    private BusDevice device() {
        return new BusDevice() {
            @Override
            public long read(long offset, int size) {
                seen.add("read " + offset + " " + size);
                return 0x1234;
            }

            @Override
            public void write(long offset, int size, long value) {
                seen.add("write " + offset + " " + size + " " + Long.toHexString(value));
            }
        };
    }

    private void load(int... code) {
        for (int i = 0; i < code.length; i++) {
            memory.putU8(CODE + i, code[i]);
        }
        NativeBuffer sregs = vcpu.sregs();
        KvmSregs.SEGMENT_BASE.set(sregs.bytes(), KvmSregs.CS.offset(), 0, 0);
        KvmSregs.SEGMENT_SELECTOR.set(sregs.bytes(), KvmSregs.CS.offset(), 0, 0);
        KvmSregs.SEGMENT_LIMIT.set(sregs.bytes(), KvmSregs.DS.offset(), 0, 0xffff_ffffL);
        KvmSregs.SEGMENT_G.set(sregs.bytes(), KvmSregs.DS.offset(), 0, 1);
        vcpu.setSregs(sregs);
        NativeBuffer regs = NativeBuffer.of(KvmRegs.LAYOUT);
        KvmRegs.RIP.set(regs.bytes(), CODE);
        KvmRegs.RFLAGS.set(regs.bytes(), 2);
        vcpu.setRegs(regs);
    }
}
