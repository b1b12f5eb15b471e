package crosvm.schema.model;

import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import java.nio.file.Path;
import java.util.List;

/**
 * A folder of the host in the guest, by virtio-fs.
 *
 * @param tag the name the guest mounts it by; at most 36 bytes (virtio 1.2 §5.11.4)
 * @param path absolute path of the folder
 * @param readOnly whether the guest may only read
 */
@ListKey("tag")
@Snippet(
        value = "read-only share",
        lines = {"tag: ${1:src}", "path: ${2:./src}"})
@Snippet(
        value = "writable share",
        lines = {"tag: ${1:out}", "path: ${2:./out}", "readOnly: false"})
public record ShareSpec(
        @Doc(value = "The name the guest mounts the folder by: mount -t virtiofs TAG /mnt.", example = "src")
        @Pattern(
                regexp = "[A-Za-z][A-Za-z0-9_-]*",
                message = "must begin with a letter and go on with letters, digits, _ or -")
        @Size(max = 36) String tag,

        @Doc(value = "The folder of the host.", example = "./src")
        Path path,

        @Doc(value = "Whether the guest may only read.", example = "false", defaultValue = "true")
        boolean readOnly)
        implements VmSpec.DeviceSpec {
    @Override
    public VmSpec.DeviceKind kind() {
        return VmSpec.DeviceKind.FS;
    }

    @Override
    public String id() {
        return tag;
    }

    @Override
    public String policy() {
        return "";
    }

    @Override
    public List<NamedPath> paths() {
        return List.of(
                new NamedPath("path", path, readOnly ? NamedPath.Access.READ_FOLDER : NamedPath.Access.WRITE_FOLDER));
    }
}
