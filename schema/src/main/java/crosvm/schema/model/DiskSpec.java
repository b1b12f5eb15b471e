package crosvm.schema.model;

import jakarta.validation.Valid;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A disk image on a virtio-blk device. A raw image whose guest writes into it, or only reads, is read by a device of ours; any
 * other is {@link #isServed served} by qemu-storage-daemon.
 *
 * @param id unique among the devices; at most 20 characters because the guest reads it as the disk's serial number
 * @param path absolute path of the image; null when it comes from {@code source}
 * @param source where the image is downloaded from, or null; exactly one of the two is set
 * @param readOnly whether the guest may only read
 * @param root whether the kernel is told to mount it as its root
 * @param format what the image's file looks like
 * @param writes what becomes of what the guest writes, or null: {@code keep}, or nothing when it may only read
 * @param size how large the disk is to be at least, or null: as the image says
 * @param limit how much it may do in a second, or null: as much as it can
 * @param cache whether the host's page cache has its bytes, too
 */
@Shorthand("path")
@Snippet(
        value = "root disk",
        lines = {"path: ${1:root.img}", "root: true"})
@Snippet(
        value = "throw-away disk",
        lines = {"id: ${1:scratch}", "path: ${2:base.qcow2}", "format: qcow2", "writes: discard"})
@Snippet(
        value = "writable disk",
        lines = {"id: ${1:data}", "path: ${2:data.img}", "readOnly: false"})
@Snippet(
        value = "root disk by URL",
        lines = {
            "root: true",
            "source: {url: \"${1:https://example.org/root.img}\", sha256: \"${2:0000000000000000000000000000000000000000000000000000000000000000}\"}"
        })
@Excludes(value = "source", others = "path", message = "a disk has path or source, not both")
@ListKey("id")
public record DiskSpec(
        @Doc(
                value =
                        "Names the disk in overrides, in messages and, unless qemu-storage-daemon serves it, to the guest (its"
                                + " virtio-blk serial number).",
                example = "root",
                derived = "disk0, disk1 … by position")
        @Pattern(
                regexp = "[A-Za-z][A-Za-z0-9_-]*",
                message = "must begin with a letter and go on with letters, digits, _ or -")
        @Size(max = 20) String id,

        @Doc(value = "The disk image, in the format that format says; a block device is raw.", example = "root.img")
        @Nullable Path path,

        @Doc(
                value =
                        "Where the image is downloaded from, instead of a path. It stays as it is, so what the guest writes cannot be kept in it.",
                example =
                        "{url: https://example.org/root.img, sha256: 0f343b0931126a20f133d67c2b018a3b5e1d3d1b0d0ee1e7a4a3b3d6a4a0bb5c}",
                fileOnly = true)
        @Valid @Nullable ImageSource source,

        @Doc(
                value = "Whether the guest may only read. A writable image is locked for this machine alone.",
                example = "false",
                derived = "true; with writes, false")
        boolean readOnly,

        @Doc(
                value =
                        "Whether this is the root file system: adds root= for the right device to the kernel command line.",
                example = "true",
                defaultValue = "false")
        boolean root,

        @Doc(
                value = "The image's format; crosvm never guesses it. All but raw need qemu-storage-daemon.",
                example = "qcow2",
                defaultValue = "raw",
                fileOnly = true)
        DiskFormat format,

        @Doc(
                value =
                        "What becomes of what the guest writes: keep (into the image), discard (gone when the machine ends), or the"
                                + " path of an overlay, which is made when it is missing. Machines that do not keep can share an image.",
                example = "discard",
                derived = "keep with readOnly: false",
                fileOnly = true)
        @Nullable DiskWrites writes,

        @Doc(
                value = "The size the guest sees, if the image is smaller; an image that is larger is an error.",
                example = "20GiB",
                fileOnly = true)
        @Nullable @PageSized
        @SizeRange(min = "1MiB", max = "64TiB")
        MemorySize size,

        @Doc(
                value = "How much the disk may do in a second; crosvm disk limit changes it while the machine runs.",
                example = "{iops: 500, bandwidth: 50MiB}",
                fileOnly = true)
        @Valid @Nullable DiskLimit limit,

        @Doc(
                value =
                        "Whether reads and writes go through the host's page cache (host) or past it (none: direct I/O, O_DIRECT), which"
                                + " leaves the host's memory to others; the image's file system must be able to do it.",
                example = "none",
                defaultValue = "host",
                fileOnly = true)
        DiskCache cache)
        implements VmSpec.DeviceSpec {
    /** A raw image. */
    public DiskSpec(String id, Path path, @Nullable ImageSource source, boolean readOnly, boolean root) {
        this(id, path, source, readOnly, root, DiskFormat.RAW, null, null, null);
    }

    /** An image in the host's page cache. */
    public DiskSpec(
            String id,
            @Nullable Path path,
            @Nullable ImageSource source,
            boolean readOnly,
            boolean root,
            DiskFormat format,
            @Nullable DiskWrites writes,
            @Nullable MemorySize size,
            @Nullable DiskLimit limit) {
        this(id, path, source, readOnly, root, format, writes, size, limit, DiskCache.HOST);
    }

    /** Whether the guest's writes go anywhere but into the image. */
    public boolean hasOverlay() {
        return writes != null && writes.kind() != DiskWrites.Kind.KEEP;
    }

    /** Whether qemu-storage-daemon is the device; otherwise it is one of ours. */
    public boolean isServed() {
        return format != DiskFormat.RAW || hasOverlay() || limit != null;
    }

    /** Whether the image's own file is only read. */
    public boolean keepsImage() {
        return readOnly || hasOverlay();
    }

    @Override
    public VmSpec.DeviceKind kind() {
        return VmSpec.DeviceKind.BLK;
    }

    @Override
    public String policy() {
        return isServed() ? "qemu_storage_daemon.policy" : "block_device.policy";
    }

    @Override
    public List<NamedPath> paths() {
        NamedPath.Access access = keepsImage() ? NamedPath.Access.READ : NamedPath.Access.WRITE;
        List<NamedPath> paths = new ArrayList<>();
        if (path != null) {
            paths.add(new NamedPath("path", path, access));
        }
        if (writes != null && writes.kind() == DiskWrites.Kind.FILE) {
            paths.add(new NamedPath("writes", writes.overlay(), NamedPath.Access.WRITE));
        }
        return paths;
    }

    /** A program of its own cannot share a process or a thread with a device. */
    @Override
    public List<Placement> placements() {
        return isServed() ? List.of(Placement.PROCESS) : kind().placements();
    }

    /** The image's path, of a disk that has one: the spec's, or the cache's once {@link VmSpec#withImages} has named it. */
    public Path file() {
        return Objects.requireNonNull(path, "the image has been located before anything opens it");
    }

    /** The same disk with its image at this path. */
    DiskSpec at(Path image) {
        return new DiskSpec(id, image, null, readOnly, root, format, writes, size, limit, cache);
    }
}
