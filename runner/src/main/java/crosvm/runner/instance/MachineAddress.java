package crosvm.runner.instance;

import java.nio.file.Files;
import java.nio.file.Path;

/** What a running machine is called by: its name, the file of its spec, or its control socket. */
public final class MachineAddress {
    private MachineAddress() {}

    /** Whether a word is the path of a control socket: one with a {@code /} in it, unless a file or folder with a spec is there. */
    public static boolean isSocket(String word) {
        Path path = Path.of(word);
        return word.indexOf('/') >= 0 && !Files.isRegularFile(path) && !Files.isDirectory(path);
    }
}
