package crosvm.vmm.virtio;

import crosvm.vmm.LittleEndian;

/**
 * A device configuration space as bytes, little-endian, for devices whose space changes seldom. A field is read whole
 * or not at all changed, as long as the guest reads it in one access; the rest is what config_generation is for.
 */
public final class ConfigBytes {
    private final byte[] bytes;

    /** @param size bytes, all zero at first */
    public ConfigBytes(int size) {
        bytes = new byte[size];
    }

    /** Sets {@code width} bytes at {@code offset}. */
    public synchronized ConfigBytes put(int offset, int width, long value) {
        LittleEndian.put(bytes, offset, width, value);
        return this;
    }

    /** As {@link VirtioDevice#readConfig} wants it. */
    public synchronized long get(int offset, int width) {
        return LittleEndian.get(bytes, offset, width);
    }
}
