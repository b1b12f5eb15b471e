package crosvm.vmm.boot.acpi;

import crosvm.vmm.boot.BootLayout;
import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.memory.MemoryLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * All tables of a machine, at their addresses: RSDP first, at {@link BootLayout#ACPI_START}, then FACS, DSDT, FADT,
 * MADT, MCFG and the XSDT that lists them. Immutable.
 */
public final class AcpiTables {
    private static final int ALIGNMENT = 64;
    private static final int RSDP_LENGTH = 36;
    private static final int RSDP_V1_LENGTH = 20;
    private static final int FACS_LENGTH = 64;
    private static final int FACS_VERSION = 2;
    private static final int XSDT_REVISION = 1;
    private static final int MCFG_REVISION = 1;

    private final Map<String, byte[]> tables = new LinkedHashMap<>();
    private final Map<String, Long> addresses = new LinkedHashMap<>();
    private long next = BootLayout.ACPI_START + ALIGNMENT;

    /** @param machine what is to be told; the 255 vCPUs that a machine can have fit */
    public AcpiTables(AcpiMachine machine) {
        long facs = place("FACS", facs());
        long dsdt = place("DSDT", Dsdt.table(machine));
        long fadt = place("FACP", Fadt.table(facs, dsdt));
        long madt = place("APIC", Madt.table(machine.cpus()));
        long mcfg = place("MCFG", mcfg());
        Table xsdt = new Table("XSDT", XSDT_REVISION);
        xsdt.u64(fadt).u64(madt).u64(mcfg);
        byte[] rsdp = rsdp(place("XSDT", xsdt.bytes()));
        addresses.put("RSDP", BootLayout.ACPI_START);
        tables.put("RSDP", rsdp);
        if (next > BootLayout.SMBIOS_START) {
            throw new IllegalArgumentException("ACPI tables for " + machine.cpus() + " CPUs end at 0x"
                    + Long.toHexString(next) + ", where SMBIOS begins");
        }
    }

    private long place(String signature, byte[] table) {
        long address = next;
        tables.put(signature, table);
        addresses.put(signature, address);
        next = address + table.length + ALIGNMENT - 1 & -ALIGNMENT;
        return address;
    }

    /** Copies them into guest memory; returns the RSDP's guest-physical address. */
    public long write(GuestMemory memory) {
        tables.forEach((signature, table) ->
                memory.write(Objects.requireNonNull(addresses.get(signature)), table, 0, table.length));
        return BootLayout.ACPI_START;
    }

    /**
     * A table's bytes, by its signature ({@code RSDP} for the root pointer).
     *
     * @throws IllegalArgumentException for others
     */
    public byte[] table(String signature) {
        byte[] table = tables.get(signature);
        if (table == null) {
            throw new IllegalArgumentException("no table " + signature + "; there are " + tables.keySet());
        }
        return table.clone();
    }

    /** The Root System Description Pointer (ACPI 6.5 §5.2.5.3): no RSDT, only the XSDT, which ACPI 2.0 and later read. */
    private static byte[] rsdp(long xsdt) {
        byte[] bytes = new byte[RSDP_LENGTH];
        ByteBuffer b = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        b.put(0, "RSD PTR ".getBytes(StandardCharsets.US_ASCII));
        b.put(9, Table.OEM_ID.getBytes(StandardCharsets.US_ASCII));
        b.put(15, (byte) 2);
        b.putInt(20, RSDP_LENGTH);
        b.putLong(24, xsdt);
        b.put(8, Table.checksum(bytes, RSDP_V1_LENGTH));
        b.put(32, Table.checksum(bytes, RSDP_LENGTH));
        return bytes;
    }

    /** The Firmware ACPI Control Structure (§5.2.10): no header's checksum, an unused global lock, no waking vector. */
    private static byte[] facs() {
        byte[] bytes = new byte[FACS_LENGTH];
        ByteBuffer b = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        b.put(0, "FACS".getBytes(StandardCharsets.US_ASCII));
        b.putInt(4, FACS_LENGTH);
        b.put(32, (byte) FACS_VERSION);
        return bytes;
    }

    /** PCI Express memory-mapped configuration space (PCI Firmware Specification 3.3 §4.1.2): segment 0, our buses. */
    private static byte[] mcfg() {
        int lastBus = (int) (MemoryLayout.ECAM_SIZE >>> 20) - 1;
        Table t = new Table("MCFG", MCFG_REVISION);
        return t.u64(0)
                .u64(MemoryLayout.ECAM_START)
                .u16(0)
                .u8(0)
                .u8(lastBus)
                .u32(0)
                .bytes();
    }
}
