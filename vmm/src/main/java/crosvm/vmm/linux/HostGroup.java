package crosvm.vmm.linux;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.OptionalInt;

/** The host's groups of users, and whether this process belongs to one. */
public final class HostGroup {
    private HostGroup() {}

    /** Whether the host knows a group of this name, in whatever directory. */
    public static boolean exists(String name) {
        try {
            FileSystems.getDefault().getUserPrincipalLookupService().lookupPrincipalByGroupName(name);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * Whether this process has the group's rights: by membership, or as root. True also for a group that is not in {@code
     * /etc/group} but in some other directory: then the kernel will tell.
     */
    public static boolean isMember(String name) {
        try {
            OptionalInt id = idIn(Path.of("/etc/group"), name);
            return id.isEmpty() || status("Uid:").contains(" 0 ") || hasGroup(id.getAsInt());
        } catch (IOException e) {
            return true;
        }
    }

    static OptionalInt idIn(Path file, String name) throws IOException {
        return Files.readAllLines(file).stream()
                .map(line -> line.split(":"))
                .filter(words -> words.length > 2 && words[0].equals(name))
                .mapToInt(words -> Integer.parseInt(words[2]))
                .findFirst();
    }

    private static boolean hasGroup(int id) throws IOException {
        return (status("Gid:") + status("Groups:")).contains(" " + id + " ");
    }

    /** The words of a line of /proc/self/status, each between blanks. */
    private static String status(String line) throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(text -> text.startsWith(line))
                .map(text -> " "
                        + String.join(
                                " ",
                                Arrays.asList(
                                        text.substring(line.length()).trim().split("\\s+"))) + " ")
                .findFirst()
                .orElse("");
    }
}
