package crosvm.vmm.jail;

import crosvm.vmm.VmmException;
import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.jna.LibC;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Unnamed files that libraries keep open. JNA's libffi maps its trampolines from one in /tmp; through its descriptor a
 * hijacked device could fill the host's disk. The mapping stays, the descriptor becomes /dev/null: its number must not be
 * given to anything else, because the library would go on using it.
 */
final class TemporaryFiles {
    private static final String DESCRIPTORS = "/proc/self/fd";

    private TemporaryFiles() {}

    /** Replaces them all. Descriptor 0 must be /dev/null, /proc must be there still. */
    static void letGo() {
        String[] numbers = new File(DESCRIPTORS).list();
        if (numbers == null) {
            throw new VmmException(DESCRIPTORS + " cannot be read: is /proc mounted?");
        }
        for (String number : numbers) {
            if (isUnnamedFile(Path.of(DESCRIPTORS, number))) {
                ErrnoException.check(
                        LibC.dup3(0, Integer.parseInt(number), Fd.O_CLOEXEC), "dup3 of /dev/null to " + number);
            }
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
