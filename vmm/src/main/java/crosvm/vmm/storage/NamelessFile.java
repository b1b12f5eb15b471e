package crosvm.vmm.storage;

import crosvm.vmm.VmmException;
import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.Fd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Temporary files without a name, which are gone with their last descriptor, however the process ends. */
final class NamelessFile {
    private static final int O_TMPFILE = 0x410000;

    private NamelessFile() {}

    /**
     * Makes one, in the folder that TMPDIR names, or /var/tmp.
     *
     * @param purpose what it is for, in messages
     * @throws VmmException when there is no place for it
     */
    static Fd create(String purpose) {
        String asked = System.getenv("TMPDIR");
        Path folder = Path.of(asked == null || asked.isEmpty() ? "/var/tmp" : asked);
        try {
            return Fd.open(folder.toString(), Fd.O_RDWR | O_TMPFILE);
        } catch (ErrnoException e) {
            try {
                // A file system without such files: one that loses its name at once.
                Path file = Files.createTempFile(folder, "crosvm-writes", "");
                Fd open = Fd.open(file.toString(), Fd.O_RDWR);
                Files.delete(file);
                return open;
            } catch (IOException cannot) {
                throw new VmmException(
                        folder + ": no file for " + purpose + " can be made there: " + e.getMessage()
                                + ". Name a folder with room in TMPDIR",
                        cannot);
            }
        }
    }
}
