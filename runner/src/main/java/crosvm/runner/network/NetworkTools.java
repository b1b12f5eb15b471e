package crosvm.runner.network;

import crosvm.runner.report.FailedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Where the programs are that make a network: on the search path, and where administrators' programs are. */
record NetworkTools(List<String> folders) {
    /** Copies the list. */
    NetworkTools {
        folders = List.copyOf(folders);
    }

    /** With the folders of a {@code PATH} first. */
    static NetworkTools of(String path) {
        List<String> folders = new ArrayList<>(List.of(path.split(":")));
        folders.removeIf(String::isEmpty);
        folders.addAll(List.of("/usr/sbin", "/usr/bin", "/sbin", "/bin"));
        return new NetworkTools(folders);
    }

    String ip() {
        return find("ip", "iproute2");
    }

    String nft() {
        return find("nft", "nftables");
    }

    String dnsmasq() {
        return find("dnsmasq", "dnsmasq-base");
    }

    String pasta() {
        return find("pasta", "passt");
    }

    String mount() {
        return find("mount", "mount");
    }

    String nsenter() {
        return find("nsenter", "util-linux");
    }

    String unshare() {
        return find("unshare", "util-linux");
    }

    /**
     * Finds all that a network of its own is made with, so that what is missing is told at once, and before anything is there.
     *
     * @param leadsOut whether it has a way out
     * @throws FailedException that names the missing programs and Debian's packages of them
     */
    void require(boolean leadsOut) {
        Map<String, String> needed = new LinkedHashMap<>();
        needed.put("ip", "iproute2");
        needed.put("nft", "nftables");
        needed.put("dnsmasq", "dnsmasq-base");
        if (leadsOut) {
            needed.put("pasta", "passt");
        }
        needed.keySet().removeIf(name -> path(name) != null);
        if (!needed.isEmpty()) {
            throw missing(List.copyOf(needed.keySet()), List.copyOf(needed.values()));
        }
    }

    private @Nullable String path(String name) {
        for (String folder : folders) {
            Path program = Path.of(folder, name);
            if (Files.isExecutable(program)) {
                return program.toAbsolutePath().toString();
            }
        }
        return null;
    }

    private String find(String name, String packages) {
        String path = path(name);
        if (path == null) {
            throw missing(List.of(name), List.of(packages));
        }
        return path;
    }

    private static FailedException missing(List<String> names, List<String> packages) {
        return new FailedException("a network between machines needs " + String.join(", ", names) + ", which "
                + (names.size() == 1 ? "is" : "are") + " not on the PATH. Install: apt install "
                + String.join(" ", packages));
    }
}
