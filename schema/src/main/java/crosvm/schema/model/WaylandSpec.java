package crosvm.schema.model;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.Pattern;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A virtio-wl device: windows of the guest on the host's compositor.
 *
 * @param socket absolute path of the compositor's socket, or a bare name in {@code $XDG_RUNTIME_DIR}; null: {@code $XDG_RUNTIME_DIR/wayland-0}
 * @param group the group that has the right to the socket and that crosvm must be a member of, or null
 * @param deviceId the virtio device id the guest's driver looks for
 */
@Shorthand("socket")
public record WaylandSpec(
        @Doc(
                value = "The compositor's socket: a path, or a name in $XDG_RUNTIME_DIR; auto is wayland-0 there.",
                example = "/run/user/1000/wayland-0",
                defaultValue = "auto",
                flag = "--wayland-sock",
                absentWord = "auto",
                socketName = true)
        @Nullable Path socket,

        @Doc(
                value = "A group that has the right to the socket; crosvm checks that it runs as a member.",
                example = "video",
                flag = "--wayland-group")
        @Nullable @Pattern(
                regexp = "[A-Za-z0-9_][A-Za-z0-9_.-]*",
                message = "must begin with a letter, digit or _ and go on with letters, digits, _ . or -")
        String group,

        @Doc(
                value = "The virtio device id: 63 for the current driver, 30 for the one of the 4.4 kernels.",
                example = "30",
                defaultValue = "63",
                flag = "--wayland-device-id")
        @Min(1) @Max(63) int deviceId)
        implements VmSpec.DeviceSpec {
    @Override
    public VmSpec.DeviceKind kind() {
        return VmSpec.DeviceKind.WL;
    }

    @Override
    public String policy() {
        return "wl_device.policy";
    }

    @Override
    public List<NamedPath> paths() {
        return socket == null || !socket.isAbsolute()
                ? List.of()
                : List.of(new NamedPath("socket", socket, NamedPath.Access.CONNECT));
    }
}
