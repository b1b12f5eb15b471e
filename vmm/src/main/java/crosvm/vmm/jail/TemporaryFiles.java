package crosvm.vmm.jail;

import crosvm.vmm.VmmException;
import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.jna.LibC;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Unnamed files that libraries keep open. JNA's libffi maps its trampolines from one in /tmp; through its descriptor a
 * hijacked device could fill the host's disk. The mapping stays, the descriptor becomes /dev/null: its number must not be
 * given to anything else, because the library would go on using it.
 */
final class TemporaryFiles {
    private TemporaryFiles() {}

    /** Replaces them all. Descriptor 0 must be /dev/null, /proc must be there still. */
    static void letGo() {
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            List<Path> links = open.toList();
            for (Path link : links) {
                if (isUnnamedFile(link)) {
                    int number = Integer.parseInt(link.getFileName().toString());
                    ErrnoException.check(LibC.dup3(0, number, Fd.O_CLOEXEC), "dup3 of /dev/null to " + number);
                }
            }
        } catch (IOException e) {
            throw new VmmException("/proc/self/fd cannot be read: is /proc mounted?", e);
        }
    }

    private static boolean isUnnamedFile(Path link) {
        try {
            String target = Files.readSymbolicLink(link).toString();
            return target.endsWith(" (deleted)") && !target.startsWith("/memfd:");
        } catch (IOException e) {
            return false; // The descriptor the listing itself used.
        }
    }
}
