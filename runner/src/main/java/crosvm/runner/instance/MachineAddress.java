package crosvm.runner.instance;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** The control socket of a running machine: called by its name, by the file of its spec, or by the socket itself. */
public final class MachineAddress {
    private MachineAddress() {}

    /** The control socket; a word with a {@code /} in it is its path, unless a file or folder with a spec is there. */
    public static Path socket(String word, Map<String, String> environment) {
        Path path = Path.of(word);
        boolean spec = Files.isRegularFile(path) || Files.isDirectory(path);
        return word.indexOf('/') >= 0 && !spec
                ? path
                : MachineNames.resolve(word, environment).controlSocket();
    }
}
