package crosvm.schema.model;

import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import java.util.List;
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
                flag = "--disk",
                shortFlag = "-d")
        @Size(max = 256) List<@Valid DiskSpec> disks,

        @Doc(value = "Network interfaces.", example = "[{user: true}]", flag = "--net") @Size(max = 256) List<@Valid NetworkSpec> networks,

        @Doc(value = "Sockets between host and guest.", example = "{cid: 3}") @Valid @Nullable VsockSpec vsock,

        @Doc(value = "Windows of the guest on the host's Wayland compositor.", example = "auto") @Valid @Nullable WaylandSpec wayland,

        @Doc(value = "The memory balloon: how the host takes memory back.", example = "{initial: 128MiB}") @Valid BalloonSpec balloon,

        @Doc(value = "The source of random bytes.", example = "true") @Valid RngSpec rng,

        @Doc(value = "Where the serial ports and the virtio console lead.", example = "{com1: terminal}") @Valid ConsoleSpec console,

        @Doc(
                value = "Folders of the host in the guest, by virtio-fs.",
                example = "[{tag: src, path: ./src}]",
                flag = "--share")
        @Size(max = 256) List<@Valid ShareSpec> shares,

        @Doc(value = "How devices are jailed.", example = "{onFailure: continue}") @Valid SandboxSpec sandbox,

        @Doc(value = "How the running machine is reached.", example = "/run/user/1000/web.sock") @Valid ControlSpec control,

        @Doc(
                value = "When the machine is started again after its end: no, on-crash or always.",
                example = "on-crash",
                defaultValue = "no",
                flag = "--restart")
        RestartPolicy restart) {
    /** Copies the lists. */
    public VmSpec {
        disks = List.copyOf(disks);
        networks = List.copyOf(networks);
        shares = List.copyOf(shares);
    }
}
