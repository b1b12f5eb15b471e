package crosvm.schema.model;

import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What the user asks for: a whole machine. Immutable, complete (defaults are filled in), paths absolute.
 *
 * @param name the machine's name, unique among running machines of a user
 * @param kernel what it boots
 * @param memory guest memory, a whole number of pages
 * @param cpus number of vCPUs, 1 to 255 (APIC ids are 8 bits wide and 255 is the broadcast)
 * @param disks block devices, in the order the guest numbers them
 * @param networks network devices, in order
 * @param vsock sockets between host and guest, or null
 * @param wayland windows on the host's compositor, or null
 * @param balloon the memory balloon
 * @param rng the source of random bytes
 * @param console serial ports and virtio console
 * @param shares folders of the host
 * @param sandbox how devices are jailed
 * @param control how the running machine is reached
 * @param restart when it is started again
 * @param guest what the guest is told about itself
 * @param ready when it counts as ready, or null: when it runs
 * @param health how it is looked at from then on, or null: not at all
 * @param limits how much of the host it may take, or null: as much as there is
 */
public record VmSpec(
        @Doc(
                value = "The machine's name: unique among your running machines.",
                example = "web",
                derived = "the file's name without its ending, or the folder's name when the file is vm.yaml",
                flag = "--name")
        @Pattern(
                regexp = "[A-Za-z0-9][A-Za-z0-9_.-]*",
                message = "must begin with a letter or digit and go on with letters, digits, _ . or -")
        @Size(max = 63) String name,

        @Doc(value = "What the machine boots: an image or a built-in guest.", example = "{image: vmlinuz}") @Valid KernelSpec kernel,

        @Doc(
                value = "Guest memory: 512MiB, 2GiB, or a plain number of MiB.",
                example = "512MiB",
                defaultValue = "256MiB",
                flag = "--memory",
                shortFlag = "-m")
        @PageSized
        @SizeRange(min = "2MiB", max = "4TiB")
        MemorySize memory,

        @Doc(value = "Number of virtual CPUs.", example = "2", defaultValue = "1", flag = "--cpus", shortFlag = "-c")
        @Min(1) @Max(255) int cpus,

        @Doc(
                value = "Disk images. The first is /dev/vda in the guest.",
                example = "[{path: root.img, root: true}]",
                flag = "--disk")
        @Size(max = 31) List<@Valid DiskSpec> disks,

        @Doc(value = "Network interfaces.", example = "[{user: true}]", flag = "--net") @Size(max = 31) List<@Valid NetworkSpec> networks,

        @Doc(value = "Sockets between host and guest.", example = "{cid: 3}") @Valid @Nullable VsockSpec vsock,

        @Doc(value = "Windows of the guest on the host's Wayland compositor.", example = "auto") @Valid @Nullable WaylandSpec wayland,

        @Doc(value = "The memory balloon: how the host takes memory back.", example = "{initial: 128MiB}") @Valid BalloonSpec balloon,

        @Doc(value = "The source of random bytes.", example = "true") @Valid RngSpec rng,

        @Doc(value = "Where the serial ports and the virtio console lead.", example = "{com1: terminal}") @Valid ConsoleSpec console,

        @Doc(
                value = "Folders of the host in the guest, by virtio-fs.",
                example = "[{tag: src, path: ./src}]",
                flag = "--share")
        @Size(max = 31) List<@Valid ShareSpec> shares,

        @Doc(value = "How devices are jailed.", example = "{onFailure: continue}") @Valid SandboxSpec sandbox,

        @Doc(value = "How the running machine is reached.", example = "/run/user/1000/web.sock") @Valid ControlSpec control,

        @Doc(
                value = "When the machine is started again after its end: no, on-crash or always.",
                example = "on-crash",
                defaultValue = "no",
                flag = "--restart")
        RestartPolicy restart,

        @Doc(
                value =
                        "What the guest is told about itself: host name, time zone, ssh keys, systemd credentials, a seed for cloud-init.",
                example = "{hostname: web}")
        @Valid GuestSpec guest,

        @Doc(
                value =
                        "When the machine counts as ready: for up --wait, ps, and the service manager that started crosvm.",
                example = "{console: \"login:\"}")
        @Valid @Nullable ReadySpec ready,

        @Doc(
                value = "How the health of a ready machine is checked from then on; ps shows one that is unhealthy.",
                example = "{interval: 10s}")
        @Valid @Nullable HealthSpec health,

        @Doc(
                value = "How much of the host the machine may take in all, held by a control group (cgroup v2).",
                example = "{cpu: 1.5, memory: 1GiB}")
        @Valid @Nullable LimitsSpec limits) {
    /** Copies the lists. */
    public VmSpec {
        disks = List.copyOf(disks);
        networks = List.copyOf(networks);
        shares = List.copyOf(shares);
    }

    /**
     * Every device that the machine has, in the order of their PCI slots: disks, rng, balloon, networks, wayland, vsock,
     * virtio console, shares, the seed of cloud-init, whatever the order in the file. So the first disk is always in slot 1 and {@code /dev/vda}.
     */
    public List<Device> devices() {
        List<Device> devices = new ArrayList<>();
        addAll(devices, "disks", disks);
        add(devices, "rng", rng);
        add(devices, "balloon", balloon);
        addAll(devices, "networks", networks);
        add(devices, "wayland", wayland);
        add(devices, "vsock", vsock);
        add(devices, "console.hvc0", console);
        addAll(devices, "shares", shares);
        CloudInitSpec seed = guest.cloudInit();
        add(devices, "guest.cloudInit", seed == null ? null : seed.in(name, guest.hostname()));
        return devices;
    }

    /** Everything that is downloaded, by the field that says so: {@code disks[0].source}. */
    public Map<String, ImageSource> sources() {
        Map<String, ImageSource> sources = new LinkedHashMap<>();
        addSource(sources, "kernel.source", kernel.source());
        addSource(sources, "kernel.initrdSource", kernel.initrdSource());
        for (int i = 0; i < disks.size(); i++) {
            addSource(sources, "disks[" + i + "].source", disks.get(i).source());
        }
        return sources;
    }

    private static void addSource(Map<String, ImageSource> sources, String field, @Nullable ImageSource source) {
        if (source != null) {
            sources.put(field, source);
        }
    }

    /** The same machine with paths for everything that is downloaded. */
    public VmSpec withImages(Function<ImageSource, Path> place) {
        return with(
                kernel.withImages(place),
                disks.stream()
                        .map(disk -> disk.source() == null ? disk : disk.at(place.apply(disk.source())))
                        .toList(),
                vsock);
    }

    /** The same machine with another kernel. */
    public VmSpec with(KernelSpec other) {
        return with(other, disks, vsock);
    }

    /** The same with this vsock device. */
    public VmSpec with(@Nullable VsockSpec vsock) {
        return with(kernel, disks, vsock);
    }

    private VmSpec with(KernelSpec kernel, List<DiskSpec> disks, @Nullable VsockSpec vsock) {
        return new VmSpec(
                name, kernel, memory, cpus, disks, networks, vsock, wayland, balloon, rng, console, shares, sandbox,
                control, restart, guest, ready, health, limits);
    }

    private static void addAll(List<Device> devices, String field, List<? extends DeviceSpec> specs) {
        for (int i = 0; i < specs.size(); i++) {
            add(devices, field + "[" + i + "]", specs.get(i));
        }
    }

    private static void add(List<Device> devices, String path, @Nullable DeviceSpec spec) {
        if (spec != null && spec.isPresent()) {
            devices.add(new Device(spec, path));
        }
    }

    /** A part of the spec that becomes a virtio device. */
    public sealed interface DeviceSpec
            permits BalloonSpec,
                    CloudInitSpec,
                    ConsoleSpec,
                    DiskSpec,
                    NetworkSpec,
                    RngSpec,
                    ShareSpec,
                    VsockSpec,
                    WaylandSpec {
        /** What kind of device it becomes. */
        DeviceKind kind();

        /** Its name in messages, in {@code sandbox.devices} and over the control socket; unique in the machine. */
        default String id() {
            return kind().id();
        }

        /** Where it can run, the usual place first. */
        default List<Placement> placements() {
            return kind().placements();
        }

        /** The file name of its seccomp policy; empty when it never runs in a jail of ours. */
        String policy();

        /** The paths of the host that it names, for rules about paths that clash. */
        default List<NamedPath> paths() {
            return List.of();
        }

        /** Whether the machine has it at all, or says here that it is to do without. */
        default boolean isPresent() {
            return true;
        }
    }

    /**
     * The kinds of virtio devices that a spec can have, and what a spec can be checked against without an engine. Everything
     * else about a kind is known by its module in the engine.
     */
    public enum DeviceKind {
        /** {@link BalloonSpec}. It changes the memory of the whole machine, so it stays in the main process. */
        BALLOON("balloon", Placement.THREAD),
        /** {@link DiskSpec}. */
        BLK("blk", Placement.PROCESS, Placement.THREAD),
        /** {@link CloudInitSpec}. */
        CLOUD_INIT("cloud-init", Placement.PROCESS, Placement.THREAD),
        /** {@link ConsoleSpec}. The terminal belongs to the main process. */
        CONSOLE("console", "hvc0", Placement.THREAD),
        /** {@link ShareSpec}. A program of somebody else's, which makes its own jail. */
        FS("fs", Placement.PROCESS),
        /** {@link NetworkSpec}. */
        NET("net", Placement.PROCESS, Placement.THREAD),
        /** {@link RngSpec}. */
        RNG("rng", Placement.PROCESS, Placement.THREAD),
        /** {@link VsockSpec}. */
        VSOCK("vsock", Placement.PROCESS, Placement.THREAD),
        /** {@link WaylandSpec}. */
        WL("wl", Placement.PROCESS, Placement.THREAD);

        private final String word;
        private final String id;
        private final List<Placement> placements;

        DeviceKind(String word, Placement... placements) {
            this(word, word, placements);
        }

        DeviceKind(String word, String id, Placement... placements) {
            this.word = word;
            this.id = id;
            this.placements = List.of(placements);
        }

        /** Names the kind in {@code sandbox.devices} and in reports: {@code blk}. */
        public String word() {
            return word;
        }

        /** The name of the machine's only device of this kind; devices that stand in lists have names of their own. */
        public String id() {
            return id;
        }

        /** Where a device of this kind can run, the place it runs at unless the spec says otherwise first. */
        public List<Placement> placements() {
            return placements;
        }

        /** All words, in alphabetical order. */
        public static List<String> words() {
            return Arrays.stream(values()).map(DeviceKind::word).sorted().toList();
        }

        /** The kind with this word or with an only device of this name, or null. */
        public static @Nullable DeviceKind of(String name) {
            for (DeviceKind kind : values()) {
                if (kind.word.equals(name) || kind.id.equals(name)) {
                    return kind;
                }
            }
            return null;
        }
    }

    /**
     * A device that the machine has.
     *
     * @param spec what is said about it
     * @param path where that stands: {@code disks[0]}, {@code console.hvc0}
     */
    public record Device(DeviceSpec spec, String path) {
        /** Its name, unique in the machine. */
        public String id() {
            return spec.id();
        }

        /** Its kind. */
        public DeviceKind kind() {
            return spec.kind();
        }

        /** The field in which it stands, without its place in a list: {@code disks}. */
        public String field() {
            int bracket = path.indexOf('[');
            return bracket < 0 ? path : path.substring(0, bracket);
        }

        /** Where its name stands: {@code disks[0].id}; null for the only device of its kind, whose name is fixed. */
        public @Nullable String idPath() {
            FieldInfo list = SpecModel.root().field(field());
            RecordInfo item = list == null ? null : SpecModel.recordIn(list.type());
            return item == null || item.key() == null
                    ? null
                    : path + "." + item.key().name();
        }
    }
}
