package crosvm.schema.model;

import crosvm.schema.model.VmSpec.Device;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How much memory crosvm's own processes may take for a machine, beside the guest's. Bounds with room above what was measured,
 * see the document on performance: a limit that is hit ends the machine.
 */
public final class MachineOverhead {
    /**
     * The main process, 50 MiB at most while it works, and what an engine starts beside it in the same control group: two
     * commands at once, a probe and {@code crosvm down}, of 55 MiB each with what they share.
     */
    public static final int MAIN_MIB = 160;

    /**
     * A jailed process of ours, a JVM: 33 MiB at most while it works; or qemu-storage-daemon: 5 MiB, and a cache of up to 32 MiB
     * for the tables of a large qcow2 image.
     */
    public static final int JAIL_MIB = 48;

    /** A device that is somebody else's program: virtiofsd. */
    public static final int FOREIGN_MIB = 32;

    /** What a network with {@code user: true} starts: 29 MiB before there is traffic, and 68 MiB of buffers in all. */
    public static final int PASST_MIB = 80;

    /**
     * What a network between machines starts, in the control group of the machine that is first on it: a JVM of 24 MiB of objects,
     * dnsmasq, and pasta with the buffers of passt. Of two machines (.ci/bench-fleet) 26 MiB without pasta.
     */
    public static final int NETWORK_MIB = JAIL_MIB + PASST_MIB;

    private MachineOverhead() {}

    /** That of a spec, whose devices are placed as it says. */
    public static MemorySize of(VmSpec spec) {
        long mib = MAIN_MIB;
        Set<String> groups = new HashSet<>();
        for (Device device : spec.devices()) {
            String group = group(spec.sandbox(), device);
            boolean onThread = isOnThread(spec.sandbox(), device, group != null);
            if (device.spec().policy().isEmpty()) {
                mib += onThread ? 0 : FOREIGN_MIB;
            } else if (!onThread && (group == null || groups.add(group))) {
                mib += JAIL_MIB;
            }
            if (device.spec() instanceof NetworkSpec network) {
                mib += network.user() ? PASST_MIB : network.network() != null ? NETWORK_MIB : 0;
            }
        }
        return MemorySize.ofMib(mib);
    }

    private static boolean isOnThread(SandboxSpec sandbox, Device device, boolean grouped) {
        List<Placement> possible = device.spec().placements();
        if (!possible.contains(Placement.THREAD) || !possible.contains(Placement.PROCESS)) {
            return possible.get(0) == Placement.THREAD;
        }
        if (!sandbox.enabled()) {
            return true;
        }
        Placement asked = sandbox.devices()
                .getOrDefault(
                        device.id(),
                        sandbox.devices().getOrDefault(device.kind().word(), possible.get(0)));
        return asked == Placement.THREAD && !(grouped && !sandbox.devices().containsKey(device.id()));
    }

    private static @org.jspecify.annotations.Nullable String group(SandboxSpec sandbox, Device device) {
        if (device.spec() instanceof DiskSpec disk && disk.isServed()) {
            return null;
        }
        for (Map.Entry<String, List<String>> group : sandbox.groups().entrySet()) {
            if (group.getValue().contains(device.id())
                    || group.getValue().contains(device.kind().word())) {
                return group.getKey();
            }
        }
        return null;
    }
}
