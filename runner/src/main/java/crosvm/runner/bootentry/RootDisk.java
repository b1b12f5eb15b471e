package crosvm.runner.bootentry;

import crosvm.runner.image.BootFolders;
import crosvm.runner.image.ImageCache;
import crosvm.schema.json.Json;
import crosvm.schema.model.DiskFormat;
import crosvm.schema.model.DiskSpec;
import crosvm.schema.model.EnumWord;
import crosvm.vmm.device.blk.ImageInUseException;
import crosvm.vmm.linux.OwnProcess;
import crosvm.vmm.storage.DiskContent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The root disk, and what was read of it before: it is opened when one of its files has changed since. What a machine that runs
 * is writing into cannot be read; then what was read of it before counts, and whoever starts a second one is told elsewhere that
 * the first one has the disk. Used by one thread.
 */
final class RootDisk implements AutoCloseable {
    private static final String PARTITIONS = "partitions.json";

    private final DiskSpec disk;
    private final BootFolders folders;
    private final Path folder;
    private final String look;
    private @Nullable DiskContent content;

    /** Makes the folder of what is kept of it. */
    RootDisk(DiskSpec disk, ImageCache cache) throws IOException {
        Path image = disk.file();
        boolean overlaid = DiskContent.hasOverlay(disk);
        Path written = overlaid ? Objects.requireNonNull(disk.writes()).overlay() : image;
        this.disk = disk;
        this.folders = new BootFolders(cache);
        this.folder = folders.of(written);
        this.look = (disk.format() == DiskFormat.RAW ? "" : EnumWord.of(disk.format()) + " ")
                + ImageCache.look(image)
                + (overlaid ? " " + ImageCache.look(written) : "");
    }

    /** What is booted from it. */
    RootKernel kernel() throws IOException, BootEntryException {
        RootKernel.Known known = RootKernel.read(folder);
        if (known != null && known.look().equals(look)) {
            return known.kernel();
        }
        try (BootDisk boot = BootDisk.of(content())) {
            return RootKernel.extract(boot, look, folder);
        } catch (ImageInUseException e) {
            if (known == null) {
                throw e;
            }
            return known.kernel();
        }
    }

    /** Its partition table. */
    PartitionTable partitions() throws IOException {
        boolean cheap = disk.format() == DiskFormat.RAW && !DiskContent.hasOverlay(disk);
        if (cheap) {
            return PartitionTable.of(content());
        }
        Map<String, @Nullable Object> known = known();
        if (look.equals(known.get("image"))) {
            return PartitionTable.ofJson(known.get("partitions"));
        }
        try {
            PartitionTable table = PartitionTable.of(content());
            keep(table);
            return table;
        } catch (ImageInUseException e) {
            if (known.isEmpty()) {
                throw e;
            }
            return PartitionTable.ofJson(known.get("partitions"));
        }
    }

    private Map<String, @Nullable Object> known() throws IOException {
        try {
            return Json.readObject(Files.readString(folder.resolve(PARTITIONS)));
        } catch (NoSuchFileException | Json.Malformed e) {
            return Map.of();
        }
    }

    private void keep(PartitionTable table) throws IOException {
        List<Object> list = new ArrayList<>(table.toJson());
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        map.put("image", look);
        map.put("partitions", list);
        Path part = folder.resolve(PARTITIONS + "." + OwnProcess.pid() + ".new");
        try {
            Files.writeString(part, Json.compact(map) + "\n");
            Files.move(part, folder.resolve(PARTITIONS), StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    private DiskContent content() {
        DiskContent opened = content;
        if (opened == null) {
            opened = DiskContent.open(disk);
            content = opened;
        }
        return opened;
    }

    @Override
    public void close() throws IOException {
        if (content != null) {
            content.close();
        }
        folders.leave(folder);
    }
}
