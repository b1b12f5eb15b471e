package crosvm.vmm.storage;

import crosvm.vmm.linux.BareLog;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.FileType;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Whether the file system of a file that takes a guest's writes has room for more. Tells it in the log once each time that it
 * fills up. One thread looks; any may ask.
 */
final class SpaceWatch implements AutoCloseable {
    private static final Logger LOG = BareLog.of(SpaceWatch.class);

    /** Less room than a cluster of qcow2 and its tables need. */
    private static final long FULL_BYTES = 256 << 10;

    private final String device;
    private final Fd file;
    private volatile boolean full;

    /**
     * @param device for messages
     * @param file taken over
     */
    SpaceWatch(String device, Fd file) {
        this.device = device;
        this.file = file;
    }

    /** Looks, and tells of it when it has filled up since. */
    void look() {
        if (FileType.of(file) != FileType.REGULAR) {
            return;
        }
        try {
            boolean now = Files.getFileStore(Path.of("/proc/self/fd/" + file.number()))
                            .getUsableSpace()
                    < FULL_BYTES;
            if (now && !full) {
                LOG.log(
                        Level.WARNING,
                        device + ": the file system of " + file.name()
                                + " is full; the guest sees write errors until there is room again");
            }
            full = now;
        } catch (IOException e) {
            return; // Nobody can say.
        }
    }

    /** What {@link #look} has seen last. */
    boolean isFull() {
        return full;
    }

    @Override
    public void close() {
        file.close();
    }
}
