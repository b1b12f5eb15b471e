package crosvm.vmm.console;

import java.io.IOException;
import java.nio.ByteBuffer;

/** A file that a port's output goes to. Used by one thread. */
interface OutputFile extends AutoCloseable {
    /** For messages. */
    String name();

    /** Writes all. When it fails, the position tells what was written as far as is known. */
    void write(ByteBuffer bytes) throws IOException;

    @Override
    void close() throws IOException;
}
