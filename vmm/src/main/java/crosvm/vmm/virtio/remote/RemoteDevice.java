package crosvm.vmm.virtio.remote;

import crosvm.vmm.vhostuser.ConfigAccess;
import crosvm.vmm.virtio.DeviceType;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a device before its process is asked.
 *
 * @param name for messages
 * @param queueCount how many queues the guest sees; the back-end must have as many
 * @param queueSize the largest size of each, a power of two
 * @param configSize bytes of the configuration space
 * @param localConfig the configuration space itself where the back-end has none (virtio-fs), else null
 */
public record RemoteDevice(
        DeviceType type, String name, int queueCount, int queueSize, int configSize, byte @Nullable [] localConfig) {
    /** @throws IllegalArgumentException for a configuration space the protocol cannot carry */
    public RemoteDevice {
        if (configSize > ConfigAccess.MAX_BYTES || localConfig != null && localConfig.length != configSize) {
            throw new IllegalArgumentException(name + ": configuration space of " + configSize + " bytes");
        }
    }

    /** A device whose back-end has the configuration space. */
    public static RemoteDevice of(DeviceType type, String name, int queueCount, int queueSize, int configSize) {
        return new RemoteDevice(type, name, queueCount, queueSize, configSize, null);
    }
}
