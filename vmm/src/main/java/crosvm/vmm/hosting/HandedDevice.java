package crosvm.vmm.hosting;

import crosvm.vmm.jail.JailProgram;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.module.DeviceParts;
import crosvm.vmm.virtio.host.VhostUserServer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A device as a device process is handed it: the arguments of {@link DeviceMain}. Of the descriptors the vhost-user sockets of
 * all devices come first, then the devices' own, both in the devices' order.
 *
 * @param kind the catalog's word
 * @param counters memory for the figures of its queues, behind its own descriptors; null when nobody wants them. Not closed
 *     here
 */
public record HandedDevice(
        String kind, DeviceParts parts, @Nullable Fd counters) {
    private static final String COUNTED = "counted";
    private static final String UNCOUNTED = "uncounted";

    /** The arguments that {@link #read} reads. */
    public static List<String> arguments(VhostUserServer.Memory memory, List<HandedDevice> devices) {
        List<String> words = new ArrayList<>(List.of(memory.name(), Integer.toString(devices.size())));
        for (HandedDevice device : devices) {
            DeviceParts parts = device.parts();
            words.add(device.kind());
            words.add(Integer.toString(parts.descriptors().size()));
            words.add(device.counters() == null ? UNCOUNTED : COUNTED);
            words.add(Integer.toString(parts.words().size()));
            words.addAll(parts.words());
        }
        return words;
    }

    /** The descriptors that go with them, behind the sockets. */
    public static List<Fd> descriptors(List<HandedDevice> devices) {
        return devices.stream()
                .flatMap(device ->
                        Stream.concat(device.parts().descriptors().stream(), Stream.ofNullable(device.counters())))
                .toList();
    }

    /** Over there: the devices, their descriptors taken over. {@code words} stands behind the memory's word. */
    public static List<HandedDevice> read(Iterator<String> words) {
        int count = Integer.parseInt(words.next());
        int descriptor = JailProgram.FIRST_DESCRIPTOR + count;
        List<HandedDevice> devices = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String kind = words.next();
            List<Fd> descriptors = new ArrayList<>();
            int own = Integer.parseInt(words.next());
            boolean counted = words.next().equals(COUNTED);
            List<String> parts = new ArrayList<>();
            for (int left = Integer.parseInt(words.next()); left > 0; left--) {
                parts.add(words.next());
            }
            String name = parts.isEmpty() ? kind : kind + " " + parts.get(0);
            for (int k = 0; k < own; k++) {
                descriptors.add(Fd.owning(descriptor++, name));
            }
            Fd counters = counted ? Fd.owning(descriptor++, "counters of " + name) : null;
            devices.add(new HandedDevice(kind, new DeviceParts(parts, descriptors), counters));
        }
        return devices;
    }
}
