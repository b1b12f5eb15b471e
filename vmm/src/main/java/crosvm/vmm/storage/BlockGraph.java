package crosvm.vmm.storage;

import crosvm.schema.json.Json;
import crosvm.schema.model.DiskCache;
import crosvm.schema.model.DiskFormat;
import crosvm.schema.model.DiskLimit;
import crosvm.schema.model.DiskSpec;
import crosvm.schema.model.EnumWord;
import crosvm.vmm.jail.HandedFiles;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.FileType;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What qemu-storage-daemon makes a disk of, as options of its command line: the image, the overlay on it, a filter that limits,
 * and the vhost-user-blk device. Every node says what it stands on, so that no name out of an image counts.
 */
final class BlockGraph {
    /** The group in which a disk's limit is kept. */
    static final String LIMIT = "limit";

    /** Formats whose images can name another one. */
    private static final Set<DiskFormat> BACKED = EnumSet.of(DiskFormat.QCOW2, DiskFormat.VMDK);

    private static final String IMAGE = "image";
    private static final String OVERLAY = "overlay";
    private static final String EXPORT = "export";
    /** The name by which an NBD client asks for what {@link #shown} shows. */
    static final String NBD_EXPORT = "disk";

    private BlockGraph() {}

    /** The node that takes the guest's writes. */
    static String active(DiskSpec disk) {
        return disk.hasOverlay() ? OVERLAY : IMAGE;
    }

    /**
     * The options.
     *
     * @param handed gets the files by the names that the options say
     */
    static List<String> options(DiskSpec disk, DiskFiles files, HandedFiles handed) {
        List<String> options = new ArrayList<>();
        DiskLimit limit = disk.limit() == null ? DiskLimit.NONE : disk.limit();
        add(options, "--object", Map.of("qom-type", "throttle-group", "id", LIMIT, "limits", limits(limit)));
        boolean keeps = disk.keepsImage();
        image(options, handed, IMAGE, files.image(), disk.format(), keeps, disk.cache(), null);
        Fd overlay = files.overlay();
        if (overlay != null) {
            image(options, handed, OVERLAY, overlay, DiskFormat.QCOW2, false, disk.cache(), IMAGE);
        }
        add(
                options,
                "--blockdev",
                Map.of(
                        "driver",
                        "throttle",
                        "node-name",
                        disk.id(),
                        "throttle-group",
                        LIMIT,
                        "file",
                        active(disk),
                        "read-only",
                        disk.readOnly()));
        add(
                options,
                "--export",
                Map.of(
                        "type",
                        "vhost-user-blk",
                        "id",
                        EXPORT,
                        "node-name",
                        disk.id(),
                        "writable",
                        !disk.readOnly(),
                        "addr",
                        Map.of("type", "fd", "str", Integer.toString(StorageDaemon.LISTENER))));
        return options;
    }

    /**
     * The options that show what is on a disk, read-only, to a client of the Network Block Device protocol.
     *
     * @param files of the disk
     * @param handed gets the files by the names that the options say
     */
    static List<String> shown(DiskSpec disk, DiskFiles files, HandedFiles handed) {
        List<String> options = new ArrayList<>();
        image(options, handed, IMAGE, files.image(), disk.format(), true, null);
        Fd overlay = files.overlay();
        if (overlay != null) {
            image(options, handed, OVERLAY, overlay, DiskFormat.QCOW2, true, IMAGE);
        }
        Map<String, String> listener = Map.of("type", "fd", "str", Integer.toString(StorageDaemon.LISTENER));
        add(options, "--nbd-server", Map.of("addr", listener, "max-connections", 1));
        add(
                options,
                "--export",
                Map.of(
                        "type",
                        "nbd",
                        "id",
                        EXPORT,
                        "node-name",
                        overlay == null ? IMAGE : OVERLAY,
                        "name",
                        NBD_EXPORT,
                        "writable",
                        false));
        return options;
    }

    /** A limit as a throttle group has it: 0 is none. */
    static Map<String, Object> limits(DiskLimit limit) {
        long iops = limit.iops() == null ? 0 : limit.iops();
        long bytes = limit.bandwidth() == null ? 0 : limit.bandwidth().bytes();
        return Map.of("iops-total", iops, "bps-total", bytes);
    }

    /** The file below a node of a format, which is locked by us. */
    static Map<String, Object> file(String node, Fd file, boolean readOnly, DiskCache cache) {
        Map<String, Object> options = new LinkedHashMap<>();
        options.put("driver", FileType.of(file) == FileType.BLOCK_DEVICE ? "host_device" : "file");
        options.put("node-name", node + ".file");
        options.put("filename", name(node, file));
        options.put("read-only", readOnly);
        options.put("auto-read-only", false);
        options.put("locking", "off");
        options.put("discard", "unmap");
        if (cache == DiskCache.NONE) {
            options.put("cache", Map.of("direct", true));
        }
        return options;
    }

    /** A file without a name would be named like the folder that it is in. */
    private static String name(String node, Fd file) {
        return "/" + node + file.name();
    }

    /**
     * Adds the options of an image: the node of its format, on that of its file.
     *
     * @param handed gets a copy of the file
     * @param backing the node that it stands on; null for none
     */
    static void image(
            List<String> options,
            HandedFiles handed,
            String node,
            Fd file,
            DiskFormat format,
            boolean readOnly,
            @Nullable String backing) {
        image(options, handed, node, file, format, readOnly, DiskCache.HOST, backing);
    }

    private static void image(
            List<String> options,
            HandedFiles handed,
            String node,
            Fd file,
            DiskFormat format,
            boolean readOnly,
            DiskCache cache,
            @Nullable String backing) {
        handed.add(name(node, file), file.duplicate());
        add(options, "--blockdev", file(node, file, readOnly, cache));
        add(options, "--blockdev", format(node, format, readOnly, backing));
    }

    /** @param backing the node that it stands on; null for none, whatever the image says */
    static Map<String, @Nullable Object> format(
            String node, DiskFormat format, boolean readOnly, @Nullable String backing) {
        Map<String, @Nullable Object> options = new LinkedHashMap<>();
        options.put("driver", EnumWord.of(format));
        options.put("node-name", node);
        options.put("file", node + ".file");
        options.put("read-only", readOnly);
        options.put("discard", "unmap");
        if (BACKED.contains(format)) {
            options.put("backing", backing);
        }
        return options;
    }

    private static void add(List<String> options, String option, Map<String, ?> value) {
        options.add(option);
        options.add(Json.compact(value));
    }
}
