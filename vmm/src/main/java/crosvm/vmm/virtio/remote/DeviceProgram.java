package crosvm.vmm.virtio.remote;

import crosvm.vmm.jail.JailLimits;
import crosvm.vmm.jail.JailPolicy;
import crosvm.vmm.linux.Fd;
import java.util.List;

/**
 * A program of ours that serves devices in a jail.
 *
 * @param name the device's or group's, for messages
 * @param devices how many it serves; it finds their vhost-user sockets as the first descriptors, in order
 * @param main its main class
 * @param arguments of that
 * @param policy what binds it
 * @param log becomes its standard output and error; stays the caller's
 * @param descriptors further ones it is handed, behind the sockets; the caller keeps its own
 * @param limits what it may consume
 */
public record DeviceProgram(
        String name,
        int devices,
        Class<?> main,
        List<String> arguments,
        JailPolicy policy,
        Fd log,
        List<Fd> descriptors,
        JailLimits limits) {
    public DeviceProgram {
        arguments = List.copyOf(arguments);
        descriptors = List.copyOf(descriptors);
    }

    /** With the limits that follow from what it is handed. */
    public DeviceProgram(
            String name,
            int devices,
            Class<?> main,
            List<String> arguments,
            JailPolicy policy,
            Fd log,
            List<Fd> descriptors) {
        this(name, devices, main, arguments, policy, log, descriptors, JailLimits.of(descriptors));
    }
}
