package crosvm.runner.bootentry;

import crosvm.vmm.PrintableText;
import crosvm.vmm.VmmException;
import crosvm.vmm.jail.JailPolicy;
import crosvm.vmm.jail.ReaderJail;
import crosvm.vmm.storage.DiskContent;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The file systems on a disk, as GRUB reads them: {@code grub-fstest} in a jail of its own for each question. Used by one
 * thread.
 */
final class BootDisk implements AutoCloseable {
    private static final String POLICY = "grub_fstest.policy";

    private static final List<Path> PROGRAMS =
            List.of(Path.of("/usr/bin/grub-fstest"), Path.of("/usr/bin/grub2-fstest"));
    private static final int TIMEOUT_SECONDS = 120;
    private static final int MAX_LIST = 1 << 20;
    private static final int MAX_PATH = 1024;
    private static final Pattern VOLUME = Pattern.compile(
            "(?m)^\\s*(?:Partition|Device) (loop0(?:,(?:gpt|msdos)([0-9]{1,4}))?): Filesystem type (\\S+)(.*)$");
    private static final Pattern UUID = Pattern.compile(", UUID ([0-9A-Za-z-]+)");

    private final Path program;
    private final DiskContent content;
    private final ReaderJail jail;
    private final Map<Place, Set<String>> folders = new HashMap<>();

    /**
     * A volume with a file system.
     *
     * @param device GRUB's name: {@code loop0,gpt2}, {@code loop0} for the whole image
     * @param partition its number, or 0 for the whole image
     * @param uuid of the file system; empty when it has none
     */
    record Volume(String device, int partition, String uuid) {}

    private BootDisk(Path program, DiskContent content, ReaderJail jail) {
        this.program = program;
        this.content = content;
        this.jail = jail;
    }

    /**
     * Of a disk, which stays the caller's and is closed after this.
     *
     * @throws VmmException when grub-fstest is missing
     */
    static BootDisk of(DiskContent content) {
        Path program = PROGRAMS.stream()
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow(() -> new VmmException("kernel.from: root needs grub-fstest, which is not installed."
                        + " Install it (Debian: apt install grub-common; Fedora: dnf install grub2-tools-extra)"));
        return new BootDisk(program, content, content.reader(JailPolicy.load(null, POLICY, List.of(POLICY))));
    }

    /** Its volumes, by their partitions' numbers. */
    List<Volume> volumes() throws IOException, BootEntryException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        String failure = run(out, MAX_LIST, "ls", "--", "-l");
        if (!failure.isEmpty()) {
            throw new BootEntryException("its partitions cannot be read: " + failure);
        }
        List<Volume> volumes = new ArrayList<>();
        Matcher line = VOLUME.matcher(out.toString(StandardCharsets.ISO_8859_1));
        while (line.find()) {
            Matcher uuid = UUID.matcher(line.group(4));
            volumes.add(new Volume(
                    line.group(1),
                    line.group(2) == null ? 0 : Integer.parseInt(line.group(2)),
                    uuid.find() ? uuid.group(1) : ""));
        }
        volumes.sort(java.util.Comparator.comparingInt(Volume::partition));
        return volumes;
    }

    /**
     * A text file.
     *
     * @return null when there is no such file
     * @throws BootEntryException when it is longer than this
     */
    @Nullable String text(Volume volume, String path, int limit) throws IOException, BootEntryException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        return copy(volume, path, out, limit).isEmpty() ? out.toString(StandardCharsets.UTF_8) : null;
    }

    /** A file of one of the volumes. */
    record Place(Volume volume, String path) {}

    /** The first of these that is there, or null. Each folder is looked into once, those above it first. */
    @Nullable Place first(List<Place> places) throws IOException, BootEntryException {
        for (Place place : places) {
            if (isThere(place)) {
                return place;
            }
        }
        return null;
    }

    private boolean isThere(Place place) throws IOException, BootEntryException {
        int slash = place.path().lastIndexOf('/');
        Place folder = new Place(place.volume(), place.path().substring(0, slash));
        if (!folder.path().isEmpty() && !isThere(folder)) {
            return false;
        }
        Set<String> names = folders.get(folder);
        if (names == null) {
            names = names(folder.volume(), folder.path() + "/").stream()
                    .map(name -> name.replaceFirst("/$", ""))
                    .collect(Collectors.toSet());
            folders.put(folder, names);
        }
        return names.contains(place.path().substring(slash + 1));
    }

    /** The names in a folder; none when there is no such folder. */
    List<String> names(Volume volume, String path) throws IOException, BootEntryException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        if (!run(out, MAX_LIST, "ls", "(" + volume.device() + ")" + checked(path))
                .isEmpty()) {
            return List.of();
        }
        return List.of(out.toString(StandardCharsets.UTF_8).strip().split("\\s+"));
    }

    /**
     * Copies a file out.
     *
     * @return why it could not be read, or empty
     * @throws BootEntryException when it is longer than this
     */
    String copy(Volume volume, String path, OutputStream out, long limit) throws IOException, BootEntryException {
        return run(out, limit, "cat", "(" + volume.device() + ")" + checked(path));
    }

    private static String checked(String path) throws BootEntryException {
        if (!path.startsWith("/") || path.length() > MAX_PATH || !path.matches("[\\x21-\\x7e]+")) {
            throw new BootEntryException(
                    "its boot menu names a file in a way that cannot be followed: " + PrintableText.of(path));
        }
        return path;
    }

    private String run(OutputStream out, long limit, String... arguments) throws IOException, BootEntryException {
        List<String> command = new ArrayList<>(List.of(program.toString(), ReaderJail.FILE));
        command.addAll(List.of(arguments));
        return runInJail(out, limit, command);
    }

    private String runInJail(OutputStream out, long limit, List<String> command)
            throws IOException, BootEntryException {
        String said;
        try {
            said = jail.run(command, out, limit, TIMEOUT_SECONDS);
        } catch (VmmException e) {
            said = String.valueOf(e.getMessage());
            if (content.failure() == null) {
                throw new BootEntryException(said);
            }
        }
        String failure = content.failure();
        if (failure != null) {
            throw new BootEntryException("it cannot be read: " + failure);
        }
        return said;
    }

    @Override
    public void close() {
        jail.close();
    }
}
