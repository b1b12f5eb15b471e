package crosvm.runner.bootentry;

import crosvm.runner.bootentry.BootDisk.Place;
import crosvm.runner.bootentry.BootDisk.Volume;
import crosvm.vmm.PrintableText;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Finds an image's boot menu, and in it what is booted when nobody touches a key. Used by one thread. */
final class BootMenuReader {
    private static final int MAX_TEXT = 1 << 20;
    private static final int MAX_ENTRY = 64 << 10;
    private static final int MAX_LOADER_ENTRIES = 200;

    /** Of a file system that holds /boot, of one that is it, and of btrfs, whose paths begin with a subvolume. */
    private static final List<String> FOLDERS = List.of("/boot", "", "/@/boot", "/root/boot");

    private static final List<String> CONFIGURATIONS = List.of("/grub/grub.cfg", "/grub2/grub.cfg");

    private final BootDisk disk;
    private final List<Volume> volumes;

    BootMenuReader(BootDisk disk) throws IOException, BootEntryException {
        this.disk = disk;
        this.volumes = disk.volumes();
    }

    /** What is booted, and the volume that paths without a device belong to. */
    record Found(BootEntry entry, Volume volume) {}

    /** @throws BootEntryException when there is no boot menu with a Linux kernel in it */
    Found find() throws IOException, BootEntryException {
        if (volumes.isEmpty()) {
            throw new BootEntryException("it has no file system that GRUB can read");
        }
        List<Place> places = new ArrayList<>();
        for (Volume volume : volumes) {
            for (String folder : FOLDERS) {
                CONFIGURATIONS.forEach(path -> places.add(new Place(volume, folder + path)));
            }
        }
        List<Place> rest = places;
        for (Place place = disk.first(rest); place != null; place = rest.isEmpty() ? null : disk.first(rest)) {
            Found found = grub(place.volume(), place.path().replaceFirst("/grub2?/grub\\.cfg$", ""), place.path());
            if (found != null) {
                return found;
            }
            rest = rest.subList(rest.indexOf(place) + 1, rest.size());
        }
        for (Volume volume : volumes) {
            List<BootEntry> entries = loaderEntries(volume, "", Map.of());
            if (!entries.isEmpty()) {
                return new Found(chosen(volume, entries), volume);
            }
        }
        throw new BootEntryException("it has neither a grub.cfg nor BLS entries in any of its file systems");
    }

    private @Nullable Found grub(Volume volume, String folder, String path) throws IOException, BootEntryException {
        String text = disk.text(volume, path, MAX_TEXT);
        if (text == null) {
            return null;
        }
        String block = disk.text(volume, path.replaceFirst("grub\\.cfg$", "grubenv"), MAX_ENTRY);
        Map<String, String> environment = environment(block == null ? "" : block);
        List<BootEntry> loaded = text.contains("blscfg") ? loaderEntries(volume, folder, environment) : List.of();
        GrubMenu menu = new GrubMenu(text, environment, () -> loaded);
        // A stub that leads to another one, as on Fedora's EFI partition.
        return menu.isEmpty() ? null : new Found(menu.chosen(), volume);
    }

    private static Map<String, String> environment(String block) {
        Map<String, String> variables = new HashMap<>();
        for (String line : block.split("\n")) {
            int equals = line.indexOf('=');
            if (equals > 0 && !line.startsWith("#")) {
                variables.put(line.substring(0, equals), line.substring(equals + 1));
            }
        }
        return variables;
    }

    private List<BootEntry> loaderEntries(Volume volume, String folder, Map<String, String> variables)
            throws IOException, BootEntryException {
        String entries = folder + "/loader/entries";
        List<String> names = disk.names(volume, entries).stream()
                .filter(name -> name.endsWith(".conf"))
                .sorted(LoaderEntries.newestFirst())
                .limit(MAX_LOADER_ENTRIES)
                .toList();
        List<BootEntry> all = new ArrayList<>();
        for (String name : names) {
            String text = disk.text(volume, entries + "/" + name, MAX_ENTRY);
            if (text != null) {
                all.add(LoaderEntries.parse(name, text, variables));
            }
        }
        return all;
    }

    /** As systemd-boot does: by the pattern in loader.conf, or else the newest. */
    private BootEntry chosen(Volume volume, List<BootEntry> entries) throws IOException, BootEntryException {
        String text = disk.text(volume, "/loader/loader.conf", MAX_ENTRY);
        for (String line : (text == null ? "" : text).split("\n")) {
            String[] words = line.strip().split("\\s+");
            if (words.length == 2 && words[0].equals("default")) {
                String wanted = words[1].replaceFirst("\\.conf$", "");
                for (BootEntry entry : entries) {
                    if (matches(wanted, entry.id())) {
                        return entry;
                    }
                }
            }
        }
        return entries.get(0);
    }

    /** Whether a text matches a pattern with {@code *} and {@code ?}; never in more steps than the product of their lengths. */
    static boolean matches(String pattern, String text) {
        int p = 0;
        int star = -1;
        int resume = 0;
        int t = 0;
        while (t < text.length()) {
            if (p < pattern.length() && pattern.charAt(p) == '*') {
                star = p++;
                resume = t;
            } else if (p < pattern.length() && (pattern.charAt(p) == '?' || pattern.charAt(p) == text.charAt(t))) {
                p++;
                t++;
            } else if (star >= 0) {
                p = star + 1;
                t = ++resume;
            } else {
                return false;
            }
        }
        while (p < pattern.length() && pattern.charAt(p) == '*') {
            p++;
        }
        return p == pattern.length();
    }

    /**
     * Where a path of an entry leads; it may begin with a device: {@code (hd0,gpt2)/vmlinuz}.
     *
     * @throws BootEntryException when it names something that is not in the image
     */
    Place place(Found found, String path) throws BootEntryException {
        String device = found.entry().device();
        String rest = path;
        if (path.startsWith("(")) {
            int end = path.indexOf(')');
            device = path.substring(1, Math.max(1, end));
            rest = path.substring(end + 1);
        }
        return new Place(volume(device, found.volume()), rest);
    }

    private Volume volume(String device, Volume own) throws BootEntryException {
        String plain = device.replaceFirst("^hd[0-9]+", "loop0").replaceFirst(",([0-9])", ",msdos$1");
        for (Volume volume : volumes) {
            if (volume.device().equals(plain)
                    || !volume.uuid().isEmpty() && volume.uuid().equalsIgnoreCase(device)) {
                return volume;
            }
        }
        if (device.matches("(?i)[0-9a-f]{4,8}-[0-9a-f-]{4,27}|(hd|loop|host|proc|http|tftp|memdisk|cd).*")) {
            throw new BootEntryException(
                    "its boot menu leads to " + PrintableText.of(device) + ", which is not in the image");
        }
        return own;
    }
}
