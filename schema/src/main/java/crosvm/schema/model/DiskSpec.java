package crosvm.schema.model;

import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import java.nio.file.Path;
import java.util.List;

/**
 * A raw disk image on a virtio-blk device.
 *
 * @param id unique among the devices; at most 20 characters because the guest reads it as the disk's serial number
 * @param path absolute path of the image
 * @param readOnly whether the guest may only read
 * @param root whether the kernel is told to mount it as its root
 */
@Shorthand("path")
@Snippet(
        value = "root disk",
        lines = {"path: ${1:root.img}", "root: true"})
@Snippet(
        value = "writable disk",
        lines = {"id: ${1:data}", "path: ${2:data.img}", "readOnly: false"})
@ListKey("id")
public record DiskSpec(
        @Doc(
                value = "Names the disk in overrides, in messages and to the guest (its virtio-blk serial number).",
                example = "root",
                derived = "disk0, disk1 … by position")
        @Pattern(
                regexp = "[A-Za-z][A-Za-z0-9_-]*",
                message = "must begin with a letter and go on with letters, digits, _ or -")
        @Size(max = 20) String id,

        @Doc(value = "The raw disk image; a whole number of 512-byte sectors.", example = "root.img")
        Path path,

        @Doc(
                value = "Whether the guest may only read. A writable image is locked for this machine alone.",
                example = "false",
                defaultValue = "true")
        boolean readOnly,

        @Doc(
                value =
                        "Whether this is the root file system: adds root= for the right device to the kernel command line.",
                example = "true",
                defaultValue = "false")
        boolean root)
        implements VmSpec.DeviceSpec {
    @Override
    public VmSpec.DeviceKind kind() {
        return VmSpec.DeviceKind.BLK;
    }

    @Override
    public String policy() {
        return "block_device.policy";
    }

    @Override
    public List<NamedPath> paths() {
        return List.of(new NamedPath("path", path, readOnly ? NamedPath.Access.READ : NamedPath.Access.WRITE));
    }
}
