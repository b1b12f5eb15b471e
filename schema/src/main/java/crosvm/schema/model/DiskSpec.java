package crosvm.schema.model;

import jakarta.validation.Valid;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A raw disk image on a virtio-blk device.
 *
 * @param id unique among the devices; at most 20 characters because the guest reads it as the disk's serial number
 * @param path absolute path of the image; null when it comes from {@code source}
 * @param source where the image is downloaded from, or null; exactly one of the two is set
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
@Snippet(
        value = "root disk by URL",
        lines = {"root: true", "source: {url: ${1:https://}, sha256: ${2}}"})
@Excludes(value = "source", others = "path", message = "a disk has path or source, not both")
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

        @Doc(value = "The raw disk image; a whole number of 512-byte sectors.", example = "root.img") @Nullable Path path,

        @Doc(
                value =
                        "Where the image is downloaded from, instead of a path. It stays as it is, so the guest may only read it.",
                example =
                        "{url: https://example.org/root.img, sha256: 0f343b0931126a20f133d67c2b018a3b5e1d3d1b0d0ee1e7a4a3b3d6a4a0bb5c}",
                fileOnly = true)
        @Valid @Nullable ImageSource source,

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
        return path == null
                ? List.of()
                : List.of(new NamedPath("path", path, readOnly ? NamedPath.Access.READ : NamedPath.Access.WRITE));
    }

    /** The image's path, of a disk that has one: the spec's, or the cache's once {@link VmSpec#withImages} has named it. */
    public Path file() {
        return Objects.requireNonNull(path, "the image has been located before anything opens it");
    }

    /** The same disk with its image at this path. */
    DiskSpec at(Path image) {
        return new DiskSpec(id, image, null, readOnly, root);
    }
}
