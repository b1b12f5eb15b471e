package crosvm.vmm.pci;

import crosvm.vmm.LittleEndian;

/**
 * The 256 bytes of a function's configuration space: values, and which bits of them the guest may write. Guarded by its
 * {@link PciBus}'s lock once the function is on a bus.
 */
public final class PciConfigSpace {
    public static final int SIZE = 256;

    public static final int VENDOR_ID = 0x00;
    public static final int DEVICE_ID = 0x02;
    public static final int COMMAND = 0x04;
    public static final int STATUS = 0x06;
    public static final int REVISION_ID = 0x08;
    public static final int CLASS_CODE = 0x09;
    public static final int CACHE_LINE_SIZE = 0x0c;
    public static final int BAR_0 = 0x10;
    public static final int SUBSYSTEM_VENDOR_ID = 0x2c;
    public static final int SUBSYSTEM_ID = 0x2e;
    public static final int CAPABILITIES_POINTER = 0x34;
    public static final int INTERRUPT_LINE = 0x3c;
    public static final int INTERRUPT_PIN = 0x3d;
    private static final int FIRST_CAPABILITY = 0x40;

    public static final int COMMAND_MEMORY = 1 << 1;
    public static final int COMMAND_BUS_MASTER = 1 << 2;
    public static final int COMMAND_INTX_DISABLE = 1 << 10;
    public static final int STATUS_INTERRUPT = 1 << 3;
    private static final int STATUS_CAPABILITIES = 1 << 4;

    private final byte[] bytes = new byte[SIZE];
    private final byte[] writable = new byte[SIZE];
    private int lastCapability;
    private int nextCapability = FIRST_CAPABILITY;

    PciConfigSpace(PciIdentity identity) {
        put(VENDOR_ID, 2, identity.vendor());
        put(DEVICE_ID, 2, identity.device());
        put(REVISION_ID, 1, identity.revision());
        put(CLASS_CODE, 3, identity.classCode());
        put(SUBSYSTEM_VENDOR_ID, 2, identity.subsystemVendor());
        put(SUBSYSTEM_ID, 2, identity.subsystem());
        allow(COMMAND, 2, COMMAND_MEMORY | COMMAND_BUS_MASTER | COMMAND_INTX_DISABLE);
        allow(CACHE_LINE_SIZE, 1, 0xff);
        allow(INTERRUPT_LINE, 1, 0xff);
    }

    /** What the guest sees; bytes past the end are 0, as an empty list of extended capabilities is. */
    public long read(int offset, int size) {
        long value = 0;
        for (int i = 0; i < size; i++) {
            if (offset + i < SIZE) {
                value |= (bytes[offset + i] & 0xffL) << 8 * i;
            }
        }
        return value;
    }

    /** What the guest writes: only bits that are writable change. */
    void write(int offset, int size, long value) {
        for (int i = 0; i < size; i++) {
            int at = offset + i;
            if (at < SIZE) {
                int mask = writable[at];
                bytes[at] = (byte) (bytes[at] & ~mask | (int) (value >>> 8 * i) & mask);
            }
        }
    }

    /** Sets a value, writable or not. */
    public void put(int offset, int size, long value) {
        LittleEndian.put(bytes, offset, size, value);
    }

    /** Lets the guest write the bits in {@code mask}, and no others of these bytes. */
    public void allow(int offset, int size, long mask) {
        for (int i = 0; i < size; i++) {
            writable[offset + i] = (byte) (mask >>> 8 * i);
        }
    }

    /**
     * Appends a capability to the list (PCI 3.0 §6.7).
     *
     * @param id its one-byte identifier
     * @param body what follows the identifier and the link
     * @return where it starts
     */
    public int addCapability(int id, byte[] body) {
        int at = nextCapability;
        int end = at + 2 + body.length;
        if (end > SIZE) {
            throw new IllegalStateException("no room in configuration space for capability " + id);
        }
        put(at, 1, id);
        System.arraycopy(body, 0, bytes, at + 2, body.length);
        put(lastCapability == 0 ? CAPABILITIES_POINTER : lastCapability + 1, 1, at);
        put(STATUS, 2, read(STATUS, 2) | STATUS_CAPABILITIES);
        lastCapability = at;
        nextCapability = (end + 3) & ~3;
        return at;
    }

    boolean commandHas(int bit) {
        return (read(COMMAND, 2) & bit) != 0;
    }
}
