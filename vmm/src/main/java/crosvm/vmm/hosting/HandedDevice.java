package crosvm.vmm.hosting;

import crosvm.schema.model.VmSpec.DeviceKind;
import crosvm.vmm.jail.JailProgram;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.module.DeviceParts;
import crosvm.vmm.module.HostedModule;
import crosvm.vmm.module.PartsReader;
import crosvm.vmm.module.PartsWriter;
import crosvm.vmm.module.kind.DeviceModules;
import crosvm.vmm.virtio.VirtioBackend;
import crosvm.vmm.virtio.host.VhostUserServer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A device as a device process is handed it: the arguments of {@link DeviceMain}. Of the descriptors the vhost-user sockets of
 * all devices come first, then the devices' own, both in the devices' order.
 *
 * @param <P> what it is made of
 * @param counters memory for the figures of its queues, behind its own descriptors; null when nobody wants them. Not closed
 *     here
 */
public record HandedDevice<P extends DeviceParts>(
        HostedModule<?, P> module, P parts, @Nullable Fd counters) {
    /** The arguments that {@link #read} reads. */
    public static List<String> arguments(VhostUserServer.Memory memory, List<HandedDevice<?>> devices) {
        PartsWriter writer = new PartsWriter();
        writer.constant(memory).number(devices.size());
        devices.forEach(device -> device.write(writer));
        return writer.words();
    }

    /** The descriptors that go with them, behind the sockets. */
    public static List<Fd> descriptors(List<HandedDevice<?>> devices) {
        PartsWriter writer = new PartsWriter();
        devices.forEach(device -> device.write(writer));
        return writer.descriptors();
    }

    private void write(PartsWriter writer) {
        writer.text(module.kind().word()).flag(counters != null);
        parts.write(writer);
        if (counters != null) {
            writer.descriptor(counters);
        }
    }

    /** Over there: the devices, their descriptors taken over. {@code words} stands behind the memory's word. */
    static List<HandedDevice<?>> read(Iterator<String> words) {
        int count = Integer.parseInt(words.next());
        PartsReader reader = new PartsReader(words, JailProgram.FIRST_DESCRIPTOR + count);
        List<HandedDevice<?>> devices = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            DeviceKind kind = Objects.requireNonNull(DeviceKind.of(reader.text()), "a kind of device");
            devices.add(read(DeviceModules.hosted(kind), reader));
        }
        return devices;
    }

    private static <P extends DeviceParts> HandedDevice<P> read(HostedModule<?, P> module, PartsReader reader) {
        boolean counted = reader.flag();
        P parts = module.read(reader);
        String name = "counters of " + module.kind().word();
        return new HandedDevice<>(module, parts, counted ? reader.descriptor(name) : null);
    }

    /** Makes the device, which takes over its parts. */
    VirtioBackend make() {
        return module.make(parts);
    }
}
