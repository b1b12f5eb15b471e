package crosvm.vmm.module.kind;

import crosvm.schema.model.ShareSpec;
import crosvm.vmm.VmmException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The command line of virtiofsd for a share: the back-end of virtio-fs is somebody else's program, which makes its own jail
 * (namespaces, a root that is the shared folder, a filter). QEMU's of 2022 and its successor in Rust take the same words. A user
 * who is not root starts it as root of a user namespace that has himself only, which is what its jail needs.
 *
 * @param program virtiofsd's path
 * @param asRoot whether the starter is root
 */
record Virtiofsd(Path program, boolean asRoot) {
    /** The descriptor that it finds its listening socket at: the first behind the standard ones. */
    static final int SOCKET = 3;

    /** Where distributions put it, which is on nobody's search path. */
    static final List<String> FOLDERS =
            List.of("/usr/libexec", "/usr/lib/qemu", "/usr/lib", "/usr/local/libexec", "/usr/local/bin", "/usr/bin");

    static final String PACKAGES = "qemu-system-common or virtiofsd";

    private static final List<String> TOOLS = List.of("/usr/bin", "/usr/sbin", "/bin", "/sbin");

    /**
     * The guest may only read: virtiofsd's own root is a bind mount of this one and as read-only as it is. The other flags
     * may be locked on the folder's mount, where a remount without them would be refused.
     */
    private static final String READ_ONLY_FOLDER =
            "mount --bind \"$1\" \"$1\" && mount -o remount,bind,ro,nosuid,nodev,noexec \"$1\" && shift && exec \"$@\"";

    /** @throws VmmException when it is not installed */
    static Virtiofsd find(boolean asRoot) {
        return new Virtiofsd(find("virtiofsd", FOLDERS, "Debian package " + PACKAGES), asRoot);
    }

    private static Path find(String name, List<String> folders, String where) {
        for (String folder : folders) {
            Path path = Path.of(folder, name);
            if (Files.isExecutable(path)) {
                return path;
            }
        }
        throw new VmmException("shares: " + name + " not found in " + String.join(":", folders) + ". Install it ("
                + where + "), or remove the shares");
    }

    private static String tool(String name) {
        return find(name, TOOLS, "Debian package util-linux").toString();
    }

    /**
     * @param folder absolute
     * @throws VmmException when a program of util-linux is missing
     */
    List<String> command(Path folder, boolean readOnly) {
        List<String> command = new ArrayList<>();
        if (!asRoot) {
            command.addAll(List.of(tool("unshare"), "--user", "--map-root-user", "--"));
        }
        if (readOnly) {
            command.addAll(List.of(tool("unshare"), "--mount", "--"));
        }
        // After the user namespace, which clears it.
        command.addAll(List.of(tool("setpriv"), "--pdeathsig", "KILL", "--"));
        if (readOnly) {
            command.addAll(List.of("/bin/sh", "-c", READ_ONLY_FOLDER, "sh", folder.toString()));
        }
        // Warnings are told at each reset of the driver about what virtiofsd has not built, and mean nothing.
        command.addAll(
                List.of(program.toString(), "-f", "--fd=" + SOCKET, "-o", "source=" + folder, "-o", "log_level=err"));
        return command;
    }

    /** @throws VmmException naming the folder and what is wrong with it */
    @SuppressWarnings("StreamResourceLeak") // Opened only to see whether it can be.
    static void requireFolder(ShareSpec share) {
        String field = "shares." + share.tag() + ".path: " + share.path() + ": ";
        if (!Files.isDirectory(share.path())) {
            throw new VmmException(field
                    + (Files.exists(share.path())
                            ? "is not a folder; a share must be a folder"
                            : "does not exist. Create it first (mkdir -p " + share.path() + ") or correct the path"));
        }
        if (share.path().toString().contains(",")) {
            throw new VmmException(
                    field + "has a comma in it, which virtiofsd takes for the end of the path. Rename it, or"
                            + " share a symbolic link to it");
        }
        try {
            Files.newDirectoryStream(share.path()).close();
        } catch (java.io.IOException e) {
            throw new VmmException(field + "cannot be read. Give the user who runs crosvm the right to", e);
        }
    }
}
