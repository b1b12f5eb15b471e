package crosvm.vmm.pci;

import crosvm.vmm.bus.Bus;
import crosvm.vmm.bus.BusDevice;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * PCI bus 0: 32 slots with one function each, the host bridge in the first. Guests reach configuration space through
 * {@link #ecam()} or {@link #ports}. One lock orders all configuration accesses; functions' own locks come after it.
 */
public final class PciBus {
    public static final int SLOTS = 32;

    private static final long ALL_ONES = 0xffff_ffffL;
    private static final int SLOT_SHIFT = 3;
    private static final int FUNCTION_MASK = 7;

    private final Bus mmio;
    private final @Nullable PciFunction[] functions = new PciFunction[SLOTS];

    /** @param mmio where BARs open their windows */
    public PciBus(Bus mmio) {
        this.mmio = mmio;
        add(0, new HostBridge());
    }

    /** @throws IllegalArgumentException when the slot is taken or there is no such slot */
    public synchronized void add(int slot, PciFunction function) {
        if (slot < 0 || slot >= SLOTS || functions[slot] != null) {
            throw new IllegalArgumentException("PCI slot " + slot + " for " + function.name() + ": taken or not there");
        }
        functions[slot] = function;
        function.attach(mmio);
    }

    /** Who is where, by slot. */
    public synchronized Map<Integer, PciFunction> functions() {
        Map<Integer, PciFunction> present = new TreeMap<>();
        for (int slot = 0; slot < SLOTS; slot++) {
            PciFunction function = functions[slot];
            if (function != null) {
                present.put(slot, function);
            }
        }
        return present;
    }

    /** @param address slot and function number, as in bits 15:11 and 10:8 of CONFIG_ADDRESS: slot * 8 + function */
    private synchronized long read(int address, int register, int size) {
        PciFunction function = at(address);
        return function == null ? ALL_ONES : function.readConfig(register, size);
    }

    private synchronized void write(int address, int register, int size, long value) {
        PciFunction function = at(address);
        if (function != null) {
            function.writeConfig(register, size, value);
        }
    }

    private @Nullable PciFunction at(int address) {
        return (address & FUNCTION_MASK) == 0 && address >> SLOT_SHIFT < SLOTS
                ? functions[address >> SLOT_SHIFT]
                : null;
    }

    /** The memory-mapped way (PCI Express base 5.0 §7.2.2): 4 KiB per function, to be put at the MCFG's address. */
    public BusDevice ecam() {
        return new BusDevice() {
            @Override
            public long read(long offset, int size) {
                if (size == 8) {
                    return read(offset, 4) | read(offset + 4, 4) << 32;
                }
                return PciBus.this.read((int) (offset >> 12), (int) offset & 0xfff, size);
            }

            @Override
            public void write(long offset, int size, long value) {
                if (size == 8) {
                    write(offset, 4, value & ALL_ONES);
                    write(offset + 4, 4, value >>> 32);
                    return;
                }
                PciBus.this.write((int) (offset >> 12), (int) offset & 0xfff, size, value);
            }
        };
    }

    /**
     * The port way (PCI 3.0 §3.2.2.3.2), to be put at ports 0xcf8 to 0xcff.
     *
     * @param resetRegister answers the byte at port 0xcf9, which PCs keep in the middle of CONFIG_ADDRESS
     */
    public BusDevice ports(BusDevice resetRegister) {
        return new ConfigPorts(resetRegister);
    }

    /** CONFIG_ADDRESS and CONFIG_DATA. The address is shared by all vCPUs, as on PCs; guests take a lock around both. */
    private final class ConfigPorts implements BusDevice {
        private static final int DATA = 4;
        private static final int RESET = 1;
        private static final int ENABLE = 1 << 31;

        private final BusDevice resetRegister;
        private volatile int address;

        private ConfigPorts(BusDevice resetRegister) {
            this.resetRegister = resetRegister;
        }

        @Override
        public long read(long offset, int size) {
            if (offset >= DATA) {
                return selected() ? PciBus.this.read(address >> 8 & 0xff, register(offset), size) : ALL_ONES;
            }
            if (offset == 0 && size == 4) {
                return address & ALL_ONES;
            }
            return offset == RESET && size == 1 ? resetRegister.read(0, 1) : ALL_ONES;
        }

        @Override
        public void write(long offset, int size, long value) {
            if (offset >= DATA) {
                if (selected()) {
                    PciBus.this.write(address >> 8 & 0xff, register(offset), size, value);
                }
            } else if (offset == 0 && size == 4) {
                address = (int) value;
            } else if (offset == RESET && size == 1) {
                resetRegister.write(0, 1, value);
            }
        }

        private boolean selected() {
            return (address & ENABLE) != 0 && (address >> 16 & 0xff) == 0;
        }

        private int register(long offset) {
            return (address & 0xfc) + (int) (offset - DATA);
        }
    }
}
