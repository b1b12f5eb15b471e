package crosvm.vmm.virtio;

/** The kinds of virtio devices the engine has, with their numbers (virtio 1.2 §5). */
public enum DeviceType {
    NET(1, 0x020000),
    BLOCK(2, 0x018000),
    CONSOLE(3, 0x078000),
    RNG(4, 0x088000),
    BALLOON(5, 0x088000),
    VSOCK(19, 0x028000),
    FS(26, 0x018000),
    WAYLAND(63, 0x088000);

    private final int id;
    private final int pciClass;

    DeviceType(int id, int pciClass) {
        this.id = id;
        this.pciClass = pciClass;
    }

    /** The virtio device ID. */
    public int id() {
        return id;
    }

    /** The PCI class code, 24 bits; drivers do not look at it, people listing devices do. */
    public int pciClass() {
        return pciClass;
    }
}
