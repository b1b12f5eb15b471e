package crosvm.schema.model;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The kinds of virtio devices a spec can have, and where they can run. The balloon changes the memory of the whole machine and
 * the terminal belongs to the main process, so these two stay there; virtiofsd is a program of its own.
 */
public enum DeviceKind {
    /** {@link BalloonSpec}. */
    BALLOON("balloon", "balloon_device.policy", Placement.THREAD),
    /** {@link DiskSpec}. */
    BLK("blk", "block_device.policy", Placement.THREAD, Placement.PROCESS),
    /** {@link ConsoleSpec}. */
    CONSOLE("console", "", Placement.THREAD),
    /** {@link ShareSpec}. */
    FS("fs", "", Placement.PROCESS),
    /** {@link NetworkSpec}. */
    NET("net", "net_device.policy", Placement.THREAD, Placement.PROCESS),
    /** {@link RngSpec}. */
    RNG("rng", "rng_device.policy", Placement.THREAD, Placement.PROCESS),
    /** {@link VsockSpec}. */
    VSOCK("vsock", "vhost_vsock_device.policy", Placement.THREAD, Placement.PROCESS),
    /** {@link WaylandSpec}. */
    WL("wl", "wl_device.policy", Placement.THREAD, Placement.PROCESS);

    private final String word;
    private final String policy;
    private final Set<Placement> allowed;

    DeviceKind(String word, String policy, Placement... allowed) {
        this.word = word;
        this.policy = policy;
        this.allowed = Set.of(allowed);
    }

    /** The word for it in {@code sandbox.devices}, {@link DeviceSpec#kind()}. */
    public String word() {
        return word;
    }

    /** The name of its seccomp policy file; empty when it never runs in a jail of ours. */
    public String policy() {
        return policy;
    }

    /** Where a device of this kind can run. */
    public Set<Placement> allowed() {
        return allowed;
    }

    /** All words, in alphabetical order. */
    public static List<String> words() {
        return Arrays.stream(values()).map(DeviceKind::word).toList();
    }

    /** The kind with this word, or null. */
    public static @Nullable DeviceKind of(String word) {
        for (DeviceKind kind : values()) {
            if (kind.word.equals(word)) {
                return kind;
            }
        }
        return null;
    }

    /** Whether the machine has a device of this kind. */
    public boolean isIn(VmSpec spec) {
        return switch (this) {
            case BALLOON -> spec.balloon().enabled();
            case BLK -> !spec.disks().isEmpty();
            case CONSOLE -> spec.console().hvc0().to() != PortTarget.NONE;
            case FS -> !spec.shares().isEmpty();
            case NET -> !spec.networks().isEmpty();
            case RNG -> spec.rng().enabled();
            case VSOCK -> spec.vsock() != null;
            case WL -> spec.wayland() != null;
        };
    }
}
