package crosvm.vmm.kvm;

import crosvm.vmm.event.EventFd;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.Mapping;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.linux.abi.KvmClock;
import crosvm.vmm.linux.abi.KvmIoctl;
import crosvm.vmm.linux.abi.KvmIrq;
import crosvm.vmm.linux.abi.KvmIrqchip;
import crosvm.vmm.linux.abi.KvmMemoryRegion;
import crosvm.vmm.memory.GuestRegion;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * A KVM virtual machine (KVM api.rst §4, "vm ioctl"). Building calls come from one thread; {@link
 * #setMemoryRegion}, {@link #irqLine}, {@link #setRouting}, {@link #assignIrqFd} and their opposites may come from any, KVM orders them.
 */
public final class KvmVm implements AutoCloseable {
    private final Fd fd;
    private final int vcpuMmapSize;

    KvmVm(Fd fd, int vcpuMmapSize) {
        this.fd = fd;
        this.vcpuMmapSize = vcpuMmapSize;
    }

    /** One route of the interrupt routing table (KVM api.rst §4.52). */
    public sealed interface Route {
        int gsi();

        /** A pin of an in-kernel chip: 0 and 1 are the PICs, 2 the I/O APIC. */
        record Pin(int gsi, int chip, int pin) implements Route {}

        /** A message: address and data as the guest wrote them into its MSI-X table. */
        record Msi(int gsi, long address, int data) implements Route {}
    }

    /** @throws crosvm.vmm.linux.ErrnoException when KVM refuses the slot */
    public void setMemoryRegion(int slot, GuestRegion region) {
        setMemoryRegion(slot, region.guestAddress(), region.size(), region.hostAddress());
    }

    /** A size of 0 removes the slot. */
    public void setMemoryRegion(int slot, long guestAddress, long size, long hostAddress) {
        setMemoryRegion(slot, guestAddress, size, hostAddress, false);
    }

    /**
     * The same, while vCPUs run, from any thread.
     *
     * @param readOnly whether the guest's writes come to user space as MMIO exits instead of changing the memory
     */
    public void setMemoryRegion(int slot, long guestAddress, long size, long hostAddress, boolean readOnly) {
        NativeBuffer argument = NativeBuffer.of(KvmMemoryRegion.LAYOUT);
        ByteBuffer b = argument.bytes();
        KvmMemoryRegion.SLOT.set(b, slot);
        KvmMemoryRegion.FLAGS.set(b, readOnly ? KvmMemoryRegion.READONLY : 0);
        KvmMemoryRegion.GUEST_PHYS_ADDR.set(b, guestAddress);
        KvmMemoryRegion.MEMORY_SIZE.set(b, size);
        KvmMemoryRegion.USERSPACE_ADDR.set(b, hostAddress);
        fd.ioctl(KvmIoctl.SET_USER_MEMORY_REGION, argument);
    }

    /**
     * The interrupt controllers and the PIT, in the kernel, with the two pages that Intel hosts need in the guest's
     * address space. The order is KVM's: addresses before the chips, the irqchip before the PIT.
     */
    public void createInterruptChips(long identityMapAddress, long tssAddress) {
        NativeBuffer identity = NativeBuffer.allocate(8);
        identity.bytes().putLong(0, identityMapAddress);
        fd.ioctl(KvmIoctl.SET_IDENTITY_MAP_ADDR, identity);
        fd.ioctl(KvmIoctl.SET_TSS_ADDR, tssAddress);
        fd.ioctl(KvmIoctl.CREATE_IRQCHIP, 0);
        NativeBuffer pit = NativeBuffer.of(KvmIrq.PIT_CONFIG);
        KvmIrq.PIT_FLAGS.set(pit.bytes(), KvmIrq.PIT_SPEAKER_DUMMY);
        fd.ioctl(KvmIoctl.CREATE_PIT2, pit);
    }

    /** One of the interrupt chips, laid out as {@link KvmIrqchip} says. */
    public NativeBuffer interruptChip(int number) {
        NativeBuffer chip = NativeBuffer.of(KvmIrqchip.LAYOUT);
        KvmIrqchip.CHIP_ID.set(chip.bytes(), number);
        fd.ioctl(KvmIoctl.GET_IRQCHIP, chip);
        return chip;
    }

    public KvmVcpu createVcpu(int id) {
        Fd vcpu = Fd.owning(fd.ioctl(KvmIoctl.CREATE_VCPU, id), "vCPU " + id);
        try {
            return new KvmVcpu(id, vcpu, Mapping.shared(vcpu, 0, vcpuMmapSize));
        } catch (RuntimeException e) {
            vcpu.close();
            throw e;
        }
    }

    /** What the guest's kvmclock shows, in nanoseconds (KVM api.rst §4.29). */
    public long clock() {
        NativeBuffer clock = NativeBuffer.of(KvmClock.LAYOUT);
        fd.ioctl(KvmIoctl.GET_CLOCK, clock);
        return KvmClock.CLOCK.get(clock.bytes());
    }

    /** From now on the guest's kvmclock goes on from there. */
    public void setClock(long nanoseconds) {
        NativeBuffer clock = NativeBuffer.of(KvmClock.LAYOUT);
        KvmClock.CLOCK.set(clock.bytes(), nanoseconds);
        fd.ioctl(KvmIoctl.SET_CLOCK, clock);
    }

    /** Sets the level of a GSI's wire. */
    public void irqLine(int gsi, boolean level) {
        NativeBuffer argument = NativeBuffer.of(KvmIrq.LEVEL);
        KvmIrq.LEVEL_IRQ.set(argument.bytes(), gsi);
        KvmIrq.LEVEL_LEVEL.set(argument.bytes(), level ? 1 : 0);
        fd.ioctl(KvmIoctl.IRQ_LINE, argument);
    }

    /** Replaces the whole routing table. */
    public void setRouting(List<Route> routes) {
        int entrySize = KvmIrq.ENTRY.size();
        NativeBuffer argument = NativeBuffer.allocate(KvmIrq.ROUTING.size() + routes.size() * entrySize);
        ByteBuffer b = argument.bytes();
        KvmIrq.ROUTING_NR.set(b, routes.size());
        int base = KvmIrq.ROUTING.size();
        for (Route route : routes) {
            KvmIrq.ENTRY_GSI.set(b, base, 0, route.gsi());
            if (route instanceof Route.Pin pin) {
                KvmIrq.ENTRY_TYPE.set(b, base, 0, KvmIrq.ROUTING_IRQCHIP);
                KvmIrq.CHIP_IRQCHIP.set(b, base, 0, pin.chip());
                KvmIrq.CHIP_PIN.set(b, base, 0, pin.pin());
            } else if (route instanceof Route.Msi msi) {
                KvmIrq.ENTRY_TYPE.set(b, base, 0, KvmIrq.ROUTING_MSI);
                KvmIrq.MSI_ADDRESS_LO.set(b, base, 0, msi.address());
                KvmIrq.MSI_ADDRESS_HI.set(b, base, 0, msi.address() >>> 32);
                KvmIrq.MSI_DATA.set(b, base, 0, msi.data());
            }
            base += entrySize;
        }
        fd.ioctl(KvmIoctl.SET_GSI_ROUTING, argument);
    }

    /** From now on a signal on {@code event} injects {@code gsi} without us (KVM api.rst §4.75). */
    public void assignIrqFd(EventFd event, int gsi) {
        irqFd(event, gsi, 0);
    }

    public void deassignIrqFd(EventFd event, int gsi) {
        irqFd(event, gsi, KvmIrq.IRQFD_FLAG_DEASSIGN);
    }

    private void irqFd(EventFd event, int gsi, int flags) {
        NativeBuffer argument = NativeBuffer.of(KvmIrq.IRQFD);
        ByteBuffer b = argument.bytes();
        KvmIrq.IRQFD_FD.set(b, event.fd().number());
        KvmIrq.IRQFD_GSI.set(b, gsi);
        KvmIrq.IRQFD_FLAGS.set(b, flags);
        fd.ioctl(KvmIoctl.IRQFD, argument);
    }

    /**
     * From now on a guest write to {@code address} signals {@code event} and does not exit (KVM api.rst §4.59).
     *
     * @param length 1, 2, 4 or 8 bytes, or 0 for any length
     */
    public void assignIoEventFd(EventFd event, long address, int length) {
        ioEventFd(event, address, length, 0);
    }

    public void deassignIoEventFd(EventFd event, long address, int length) {
        ioEventFd(event, address, length, KvmIrq.IOEVENTFD_FLAG_DEASSIGN);
    }

    private void ioEventFd(EventFd event, long address, int length, int flags) {
        NativeBuffer argument = NativeBuffer.of(KvmIrq.IOEVENTFD);
        ByteBuffer b = argument.bytes();
        KvmIrq.IOEVENTFD_ADDR.set(b, address);
        KvmIrq.IOEVENTFD_LEN.set(b, length);
        KvmIrq.IOEVENTFD_FD.set(b, event.fd().number());
        KvmIrq.IOEVENTFD_FLAGS.set(b, flags);
        fd.ioctl(KvmIoctl.IOEVENTFD, argument);
    }

    @Override
    public void close() {
        fd.close();
    }
}
