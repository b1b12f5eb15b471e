package crosvm.vmm.jail;

import crosvm.vmm.VmmException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The programs that build a jail, all of them part of every distribution (util-linux and a shell). Absolute paths: a search
 * path is no place to take a jail's builder from.
 */
record JailTools(
        String unshare,
        String setpriv,
        String prlimit,
        String nsenter,
        String mount,
        String umount,
        String pivotRoot,
        String shell) {

    private static final List<String> FOLDERS = List.of("/usr/bin", "/usr/sbin", "/bin", "/sbin");

    /** @throws VmmException naming every program that is missing */
    static JailTools find() {
        List<String> missing = new ArrayList<>();
        JailTools tools = new JailTools(
                find("unshare", missing),
                find("setpriv", missing),
                find("prlimit", missing),
                find("nsenter", missing),
                find("mount", missing),
                find("umount", missing),
                find("pivot_root", missing),
                find("sh", missing));
        if (!missing.isEmpty()) {
            throw new VmmException(
                    "sandbox: " + String.join(", ", missing) + " not found in " + String.join(":", FOLDERS)
                            + ". Install util-linux (Debian: apt install mount util-linux); or, for a guest that is trusted, run without jails: --disable-sandbox");
        }
        return tools;
    }

    private static String find(String name, List<String> missing) {
        for (String folder : FOLDERS) {
            Path path = Path.of(folder, name);
            if (Files.isExecutable(path)) {
                return path.toString();
            }
        }
        missing.add(name);
        return name;
    }
}
