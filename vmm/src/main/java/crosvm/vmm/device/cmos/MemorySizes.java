package crosvm.vmm.device.cmos;

import crosvm.vmm.memory.MemoryLayout;

/** The CMOS registers that tell firmware how much memory a PC has, where BIOSes and QEMU keep them. */
final class MemorySizes {
    private MemorySizes() {}

    static void write(int[] cmos, long ramBytes) {
        long low = Math.min(ramBytes, MemoryLayout.PCI_HOLE_START);
        long high = ramBytes - low;
        putWord(cmos, 0x15, Math.min(640, low >> 10)); // base memory in KiB
        long above1M = Math.min(0xffff, Math.max(0, low - (1 << 20)) >> 10); // in KiB
        putWord(cmos, 0x17, above1M);
        putWord(cmos, 0x30, above1M);
        putWord(cmos, 0x34, Math.min(0xffff, Math.max(0, low - (16 << 20)) >> 16)); // above 16 MiB, in 64 KiB
        long above4G = Math.min(0xff_ffff, high >> 16); // in 64 KiB
        putWord(cmos, 0x5b, above4G & 0xffff);
        cmos[0x5d] = (int) (above4G >> 16);
    }

    private static void putWord(int[] cmos, int register, long value) {
        cmos[register] = (int) value & 0xff;
        cmos[register + 1] = (int) (value >> 8) & 0xff;
    }
}
