package crosvm.vmm.module;

import crosvm.vmm.kvm.SharedWindow;

/**
 * What the main process does for a device of ours while the guest runs, wherever the device is. Comes with the device's {@link
 * DeviceParts}; owned by the machine, which closes it after the device.
 */
public interface Companion extends AutoCloseable {
    /** Called once, before the guest starts. */
    void start(SharedWindow window);

    /** After the guest and the device have ended. */
    @Override
    void close();
}
