package crosvm.vmm.console;

import java.io.IOException;
import java.io.OutputStream;

/** Reads a log that may still be written. Used by one thread. */
public interface LogReader extends AutoCloseable {
    /**
     * Writes what has come since the last call.
     *
     * @return whether there was anything
     */
    boolean read(OutputStream to) throws IOException;

    @Override
    void close() throws IOException;
}
