package crosvm.vmm.virtio.pci;

import crosvm.vmm.pci.PciConfigSpace;

/**
 * Where the structures of virtio's PCI transport lie in the one BAR, a page each so that a guest can map them apart, and
 * the capabilities that say so (virtio 1.2 §4.1.4).
 *
 * <pre>
 * 0x0000 common configuration    0x3000 notifications, 4 bytes a queue
 * 0x1000 ISR status              0x4000 MSI-X table
 * 0x2000 device configuration    0x5000 MSI-X pending bits
 * </pre>
 */
public final class VirtioPciLayout {
    public static final int BAR = 0;
    /** Bytes. */
    public static final int BAR_SIZE = 0x8000;

    static final int PAGE = 0x1000;
    static final int COMMON = 0;
    static final int ISR = 1;
    static final int DEVICE = 2;
    static final int NOTIFY = 3;
    static final int MSIX_TABLE = 4;
    static final int MSIX_PENDING = 5;

    static final int NOTIFY_MULTIPLIER = 4;

    /** As many queues as notifications and MSI-X vectors (one more) have room for. */
    static final int MAX_QUEUES = PAGE / MsixTable.ENTRY_SIZE - 1;

    private static final int CAP_VENDOR = 0x09;
    private static final int CAP_MSIX = 0x11;
    private static final int TYPE_COMMON = 1;
    private static final int TYPE_NOTIFY = 2;
    private static final int TYPE_ISR = 3;
    private static final int TYPE_DEVICE = 4;
    private static final int TYPE_PCI = 5;
    private static final int CAP_SIZE = 16;

    /** Offsets in the capabilities, from their start. */
    static final int CAP_BAR = 4;

    static final int CAP_OFFSET = 8;
    static final int CAP_LENGTH = 12;
    static final int CAP_PCI_DATA = 16;
    static final int MSIX_CONTROL = 2;

    static final int MSIX_ENABLE = 1 << 15;
    static final int MSIX_FUNCTION_MASK = 1 << 14;

    private VirtioPciLayout() {}

    /** Address of queue {@code queue}'s notification, from the BAR's start. */
    static int notifyOffset(int queue) {
        return NOTIFY * PAGE + queue * NOTIFY_MULTIPLIER;
    }

    static void addStructures(PciConfigSpace config, int queues, int deviceConfigSize) {
        structure(config, TYPE_COMMON, COMMON, CommonConfig.SIZE, new byte[0]);
        structure(config, TYPE_ISR, ISR, 1, new byte[0]);
        if (deviceConfigSize > 0) {
            structure(config, TYPE_DEVICE, DEVICE, deviceConfigSize, new byte[0]);
        }
        structure(config, TYPE_NOTIFY, NOTIFY, queues * NOTIFY_MULTIPLIER, word(NOTIFY_MULTIPLIER));
    }

    /**
     * The window into the BAR for guests that cannot map it (virtio 1.2 §4.1.4.9).
     *
     * @return where it starts
     */
    static int addPciAccess(PciConfigSpace config) {
        int at = structure(config, TYPE_PCI, 0, 0, new byte[4]);
        config.allow(at + CAP_BAR, 1, 0xff);
        config.allow(at + CAP_OFFSET, 4, -1);
        config.allow(at + CAP_LENGTH, 4, -1);
        config.allow(at + CAP_PCI_DATA, 4, -1);
        return at;
    }

    /** @return where it starts */
    static int addMsix(PciConfigSpace config, int vectors) {
        byte[] body = new byte[10];
        put(body, 0, 2, vectors - 1);
        put(body, 2, 4, MSIX_TABLE * PAGE | BAR);
        put(body, 6, 4, MSIX_PENDING * PAGE | BAR);
        int at = config.addCapability(CAP_MSIX, body);
        config.allow(at + MSIX_CONTROL, 2, MSIX_ENABLE | MSIX_FUNCTION_MASK);
        return at;
    }

    private static int structure(PciConfigSpace config, int type, int page, int length, byte[] more) {
        byte[] body = new byte[CAP_SIZE - 2 + more.length];
        put(body, 0, 1, CAP_SIZE + more.length);
        put(body, 1, 1, type);
        put(body, CAP_BAR - 2, 1, BAR);
        put(body, CAP_OFFSET - 2, 4, page * PAGE);
        put(body, CAP_LENGTH - 2, 4, length);
        System.arraycopy(more, 0, body, CAP_SIZE - 2, more.length);
        return config.addCapability(CAP_VENDOR, body);
    }

    private static byte[] word(int value) {
        byte[] bytes = new byte[4];
        put(bytes, 0, 4, value);
        return bytes;
    }

    private static void put(byte[] to, int offset, int size, int value) {
        for (int i = 0; i < size; i++) {
            to[offset + i] = (byte) (value >>> 8 * i);
        }
    }
}
