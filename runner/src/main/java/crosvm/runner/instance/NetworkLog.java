package crosvm.runner.instance;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.function.Supplier;

/** What a machine was refused outside, a line each with its time, in a file that is begun anew when it is long. Any thread. */
final class NetworkLog {
    private static final Logger LOG = System.getLogger(NetworkLog.class.getName());
    private static final long MAX_BYTES = 1 << 20;

    private final Supplier<Path> file;

    NetworkLog(Supplier<Path> file) {
        this.file = file;
    }

    /** Adds a line. */
    synchronized void add(String text) {
        Path log = file.get();
        try {
            if (Files.exists(log) && Files.size(log) > MAX_BYTES) {
                Files.move(log, log.resolveSibling(log.getFileName() + ".1"), StandardCopyOption.REPLACE_EXISTING);
            }
            String time = InstantSource.system()
                    .instant()
                    .truncatedTo(ChronoUnit.SECONDS)
                    .toString();
            Files.writeString(log, time + " " + text + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            LOG.log(Level.WARNING, log + ": cannot be written: " + e.getMessage());
        }
    }
}
