package crosvm.runner.network;

import crosvm.runner.report.FailedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

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

    private String find(String name, String packages) {
        for (String folder : folders) {
            Path program = Path.of(folder, name);
            if (Files.isExecutable(program)) {
                return program.toAbsolutePath().toString();
            }
        }
        throw new FailedException("a network between machines needs the program " + name
                + ", which is not on the PATH. Install it: Debian package " + packages);
    }
}
