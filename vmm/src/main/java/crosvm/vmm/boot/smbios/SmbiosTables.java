package crosvm.vmm.boot.smbios;

import crosvm.vmm.VmmException;
import crosvm.vmm.boot.BootLayout;
import crosvm.vmm.memory.GuestMemory;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The SMBIOS 3 entry point and its structure table, where Linux looks for them without EFI: on a 16-byte boundary from
 * 0xf0000 up to 1 MiB (DSP0134 §5.2.2). Firmware, system, chassis and boot status, as a guest expects them of a virtual
 * machine, and OEM strings. Immutable.
 */
public final class SmbiosTables {
    /** The most bytes that all OEM strings together can have: what is left of the 64 KiB up to 1 MiB. */
    public static final int MAX_OEM_BYTES = 64_000;

    private static final int ENTRY_LENGTH = 24;
    private static final int AREA = (int) (BootLayout.KERNEL_MIN - BootLayout.SMBIOS_START);
    private static final String VENDOR = "crosvm";

    private static final int FIRMWARE = 0;
    private static final int SYSTEM = 1;
    private static final int CHASSIS = 3;
    private static final int OEM_STRINGS = 11;
    private static final int BOOT_STATUS = 32;
    private static final int END = 127;

    private final byte[] table;
    private final byte[] entry;

    /**
     * @param oemStrings what the guest finds in structures of type 11, in order, without zero characters
     * @throws VmmException when they have more than {@link #MAX_OEM_BYTES} bytes
     */
    public SmbiosTables(List<String> oemStrings) {
        int bytes = 0;
        for (String string : oemStrings) {
            bytes += string.getBytes(StandardCharsets.UTF_8).length + 1;
        }
        if (bytes > MAX_OEM_BYTES) {
            throw new VmmException("guest: the credentials take " + bytes + " bytes in SMBIOS strings, and "
                    + MAX_OEM_BYTES + " are the most; hand large data to the guest by a disk or a share");
        }
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        int handle = 0;
        all.writeBytes(firmware(handle++));
        all.writeBytes(system(handle++));
        all.writeBytes(chassis(handle++));
        for (int from = 0; from < oemStrings.size(); from += 255) {
            List<String> part = oemStrings.subList(from, Math.min(from + 255, oemStrings.size()));
            Structure structure = new Structure(OEM_STRINGS, handle++).u8(part.size());
            part.forEach(structure::add);
            all.writeBytes(structure.bytes());
        }
        all.writeBytes(new Structure(BOOT_STATUS, handle++).zeros(6).u8(0).bytes());
        all.writeBytes(new Structure(END, handle).bytes());
        table = all.toByteArray();
        entry = entry(table.length);
        if (ENTRY_LENGTH + Long.BYTES + table.length > AREA) {
            throw new IllegalStateException("SMBIOS tables of " + table.length + " bytes end above 1 MiB");
        }
    }

    /** Copies them into guest memory. */
    public void write(GuestMemory memory) {
        memory.write(BootLayout.SMBIOS_START, entry, 0, entry.length);
        memory.write(tableAddress(), table, 0, table.length);
    }

    private static long tableAddress() {
        return BootLayout.SMBIOS_START + ENTRY_LENGTH + Long.BYTES;
    }

    /** The 64-bit entry point (DSP0134 §5.2.2): its bytes sum up to zero. */
    private static byte[] entry(int tableLength) {
        byte[] bytes = new byte[ENTRY_LENGTH];
        ByteBuffer b = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        b.put("_SM3_".getBytes(StandardCharsets.US_ASCII));
        b.put(6, (byte) ENTRY_LENGTH);
        // Version 3.5.0, the latest that dmidecode 3.4 (Debian 12) knows, revision 1 of the entry point.
        b.put(7, (byte) 3);
        b.put(8, (byte) 5);
        b.put(10, (byte) 1);
        b.putInt(12, tableLength);
        b.putLong(16, tableAddress());
        int sum = 0;
        for (byte each : bytes) {
            sum += each;
        }
        b.put(5, (byte) -sum);
        return bytes;
    }

    /** Firmware information (§7.1): no ROM, and in the second extension byte that this is a virtual machine. */
    private static byte[] firmware(int handle) {
        long notSupported = 1 << 3;
        int virtualMachine = 1 << 4;
        return new Structure(FIRMWARE, handle)
                .string(VENDOR)
                .string("0")
                .u16(0)
                .string("01/01/2018")
                .u8(0)
                .u64(notSupported)
                .u8(0)
                .u8(virtualMachine)
                .u8(0)
                .u8(0)
                .u8(0xff) // No embedded controller.
                .u8(0xff)
                .u16(0)
                .bytes();
    }

    /** System information (§7.2): a UUID of zeros says that there is none. */
    private static byte[] system(int handle) {
        int powerSwitch = 6;
        return new Structure(SYSTEM, handle)
                .string(VENDOR)
                .string("crosvm virtual machine")
                .u8(0)
                .u8(0)
                .zeros(16)
                .u8(powerSwitch)
                .u8(0)
                .u8(0)
                .bytes();
    }

    /** System enclosure (§7.4): of type "other", states unknown, no contained elements. */
    private static byte[] chassis(int handle) {
        int unknown = 2;
        return new Structure(CHASSIS, handle)
                .string(VENDOR)
                .u8(1)
                .u8(0)
                .u8(0)
                .u8(0)
                .u8(unknown)
                .u8(unknown)
                .u8(unknown)
                .u8(unknown)
                .zeros(4)
                .u8(0)
                .u8(0)
                .u8(0)
                .u8(0)
                .u8(0)
                .bytes();
    }
}
