package crosvm.vmm.graph;

import static crosvm.schema.model.Placement.PROCESS;
import static crosvm.schema.model.Placement.THREAD;
import static crosvm.vmm.virtio.DeviceType.BALLOON;
import static crosvm.vmm.virtio.DeviceType.BLOCK;
import static crosvm.vmm.virtio.DeviceType.CONSOLE;
import static crosvm.vmm.virtio.DeviceType.FS;
import static crosvm.vmm.virtio.DeviceType.NET;
import static crosvm.vmm.virtio.DeviceType.RNG;
import static crosvm.vmm.virtio.DeviceType.VSOCK;
import static crosvm.vmm.virtio.DeviceType.WAYLAND;

import crosvm.schema.model.BalloonSpec;
import crosvm.schema.model.DeviceKind;
import crosvm.schema.model.DeviceSpec;
import crosvm.schema.model.NetworkSpec;
import crosvm.schema.model.Placement;
import crosvm.vmm.virtio.DeviceType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/** All kinds of devices, one line each. */
public final class DeviceCatalog {
    private static final boolean BUILT = true;

    /** In the order of their slots. Where each can run, and its policy's name, is {@link DeviceKind}'s knowledge. */
    private static final List<CatalogEntry> ENTRIES = List.of(
            entry("blk", "disk", BLOCK, BUILT, PROCESS, names("requestq")),
            entry("rng", "random bytes", RNG, BUILT, PROCESS, names("requestq")),
            entry("balloon", "balloon", BALLOON, BUILT, THREAD, DeviceCatalog::balloon),
            entry("net", "network", NET, BUILT, PROCESS, DeviceCatalog::net),
            entry("wl", "Wayland", WAYLAND, BUILT, PROCESS, names("in", "out")),
            entry("vsock", "vsock", VSOCK, BUILT, PROCESS, names("rx", "tx", "event")),
            entry("console", "console", CONSOLE, BUILT, THREAD, names("receiveq", "transmitq")),
            entry("fs", "shared folder", FS, BUILT, PROCESS, names("hiprio", "request")));

    private DeviceCatalog() {}

    /** All kinds, in the order of their slots. */
    public static List<CatalogEntry> entries() {
        return ENTRIES;
    }

    /**
     * The kind's entry.
     *
     * @throws IllegalArgumentException when there is none
     */
    public static CatalogEntry of(String kind) {
        for (CatalogEntry entry : ENTRIES) {
            if (entry.kind().equals(kind)) {
                return entry;
            }
        }
        throw new IllegalArgumentException("no device kind " + kind);
    }

    private static CatalogEntry entry(
            String kind,
            String title,
            DeviceType type,
            boolean built,
            Placement preferred,
            Function<DeviceSpec, List<String>> queueNames) {
        DeviceKind known = DeviceKind.valueOf(kind.toUpperCase(Locale.ROOT));
        return new CatalogEntry(kind, title, type, built, preferred, known.allowed(), known.policy(), queueNames);
    }

    private static Function<DeviceSpec, List<String>> names(String... names) {
        List<String> list = List.of(names);
        return spec -> list;
    }

    /** virtio 1.2 §5.5.2. The free page hint queue is never offered, so reporting comes right behind statistics. */
    private static List<String> balloon(DeviceSpec spec) {
        return ((BalloonSpec) spec).freePageReporting()
                ? List.of("inflateq", "deflateq", "statsq", "reporting_vq")
                : List.of("inflateq", "deflateq", "statsq");
    }

    /** virtio 1.2 §5.1.2: pairs of queues, then the control queue. */
    private static List<String> net(DeviceSpec spec) {
        List<String> names = new ArrayList<>();
        for (int i = 1; i <= ((NetworkSpec) spec).queues(); i++) {
            names.add("receiveq" + i);
            names.add("transmitq" + i);
        }
        names.add("controlq");
        return names;
    }
}
