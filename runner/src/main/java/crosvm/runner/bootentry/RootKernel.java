package crosvm.runner.bootentry;

import crosvm.runner.bootentry.BootDisk.Place;
import crosvm.runner.bootentry.BootMenuReader.Found;
import crosvm.schema.json.Json;
import crosvm.vmm.PrintableText;
import crosvm.vmm.linux.OwnProcess;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Kernel and initrd of an image, copied out of it into a folder of the cache, and copied anew when the image has changed.
 *
 * @param kernel its file
 * @param initrd its file, or null
 * @param options the entry's words for the kernel
 * @param partition the number of the partition that the boot menu is on; 0 for an image without partitions
 */
record RootKernel(Path kernel, @Nullable Path initrd, List<String> options, int partition) {
    private static final long MAX_KERNEL = 256L << 20;
    private static final long MAX_INITRD = 1L << 30;
    /** All of them together have at most the bytes of one. */
    private static final int MAX_INITRDS = 16;
    /** As long as a kernel's command line may be. */
    private static final int MAX_OPTIONS = 2047;

    private static final String RECORD = "entry.json";

    /**
     * One that was copied before.
     *
     * @param look how its image looked then
     */
    record Known(String look, RootKernel kernel) {}

    /** What is in a folder; null when there is nothing, or not all of it. */
    static @Nullable Known read(Path folder) throws IOException {
        try {
            Map<String, @Nullable Object> map = Json.readObject(Files.readString(folder.resolve(RECORD)));
            Path kernel = folder.resolve("kernel");
            Path initrd = folder.resolve("initrd");
            boolean hasInitrd = Boolean.TRUE.equals(map.get("initrd"));
            boolean whole = Files.isRegularFile(kernel, LinkOption.NOFOLLOW_LINKS)
                    && (!hasInitrd || Files.isRegularFile(initrd, LinkOption.NOFOLLOW_LINKS));
            if (!whole
                    || !(map.get("image") instanceof String look)
                    || !(map.get("options") instanceof List<?> options)
                    || !(map.get("partition") instanceof Long number)) {
                return null;
            }
            return new Known(
                    look,
                    new RootKernel(
                            kernel,
                            hasInitrd ? initrd : null,
                            options.stream().map(String::valueOf).toList(),
                            number.intValue()));
        } catch (NoSuchFileException | Json.Malformed e) {
            return null;
        }
    }

    /**
     * Copies what a disk boots.
     *
     * @param look how the image looks now; another text after each change
     * @param folder for the copies; of this user alone
     * @throws BootEntryException when nothing in it can be booted
     */
    static RootKernel extract(BootDisk disk, String look, Path folder) throws IOException, BootEntryException {
        BootMenuReader reader = new BootMenuReader(disk);
        Found found = reader.find();
        BootEntry entry = found.entry();
        List<String> options = options(entry);
        String suffix = "." + OwnProcess.pid() + ".new";
        Path kernel = folder.resolve("kernel" + suffix);
        Path initrd = folder.resolve("initrd" + suffix);
        Path record = folder.resolve(RECORD + suffix);
        try {
            copy(disk, reader, found, List.of(entry.linux()), kernel, MAX_KERNEL);
            boolean hasInitrd = !entry.initrds().isEmpty();
            if (hasInitrd) {
                copy(disk, reader, found, entry.initrds(), initrd, MAX_INITRD);
            }
            Map<String, @Nullable Object> map = new LinkedHashMap<>();
            map.put("image", look);
            map.put("initrd", hasInitrd);
            map.put("options", options);
            map.put("partition", found.volume().partition());
            Files.writeString(record, Json.compact(map) + "\n");
            // The record goes first and comes last: what is between is not whole.
            Files.deleteIfExists(folder.resolve(RECORD));
            Files.move(kernel, folder.resolve("kernel"), StandardCopyOption.ATOMIC_MOVE);
            if (hasInitrd) {
                Files.move(initrd, folder.resolve("initrd"), StandardCopyOption.ATOMIC_MOVE);
            }
            Files.move(record, folder.resolve(RECORD), StandardCopyOption.ATOMIC_MOVE);
            return new RootKernel(
                    folder.resolve("kernel"),
                    hasInitrd ? folder.resolve("initrd") : null,
                    options,
                    found.volume().partition());
        } finally {
            for (Path part : List.of(kernel, initrd, record)) {
                Files.deleteIfExists(part);
            }
        }
    }

    private static List<String> options(BootEntry entry) throws BootEntryException {
        List<String> options = new ArrayList<>(entry.options());
        options.removeIf(String::isEmpty);
        String line = String.join(" ", options);
        if (line.length() > MAX_OPTIONS || !line.matches("[\\x20-\\x7e]*")) {
            throw new BootEntryException("its boot entry has a kernel command line that is longer than " + MAX_OPTIONS
                    + " bytes or not printable ASCII");
        }
        return options;
    }

    private static void copy(BootDisk disk, BootMenuReader reader, Found found, List<String> paths, Path to, long limit)
            throws IOException, BootEntryException {
        if (paths.size() > MAX_INITRDS) {
            throw new BootEntryException(
                    "its boot entry names " + paths.size() + " initrds; " + MAX_INITRDS + " are the most");
        }
        try (OutputStream out = Files.newOutputStream(to)) {
            for (String path : paths) {
                Place place = reader.place(found, path);
                String failure = disk.copy(place.volume(), place.path(), out, limit - Files.size(to));
                if (!failure.isEmpty()) {
                    throw new BootEntryException("its boot entry \""
                            + PrintableText.of(found.entry().title()) + "\" names "
                            + PrintableText.of(path) + ", which cannot be read: " + failure);
                }
            }
        }
    }
}
