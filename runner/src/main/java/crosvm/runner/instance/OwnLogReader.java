package crosvm.runner.instance;

import crosvm.vmm.console.LogReader;
import crosvm.vmm.linux.FileIdentity;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Reads what crosvm itself has said about a machine in the background. {@link #read} gives what there is and can be called again;
 * a later start of the machine begins a new file. Used by one thread.
 */
public final class OwnLogReader implements LogReader {
    private final Path path;
    private final ByteBuffer piece = ByteBuffer.allocate(1 << 16);
    private @Nullable FileChannel file;
    private @Nullable FileIdentity identity;

    /** @param log need not exist yet */
    public OwnLogReader(Path log) {
        this.path = log;
    }

    @Override
    public boolean read(OutputStream to) throws IOException {
        boolean any = drain(to);
        FileIdentity newest = FileIdentity.at(path);
        if (newest != null && !newest.equals(identity)) {
            any |= drain(to); // What was written between our last read and the new file.
            close();
            file = FileChannel.open(path);
            identity = newest;
            any |= drain(to);
        }
        return any;
    }

    private boolean drain(OutputStream to) throws IOException {
        boolean any = false;
        while (file != null && file.read(piece.clear()) > 0) {
            any = true;
            to.write(piece.array(), 0, piece.position());
        }
        return any;
    }

    @Override
    public void close() throws IOException {
        FileChannel open = file;
        file = null;
        if (open != null) {
            open.close();
        }
    }
}
