package crosvm.vmm.console;

import crosvm.vmm.FailureReason;
import crosvm.vmm.linux.BareLog;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;

/**
 * Keeps a port's output in a file through failures: a full disk costs the bytes that found no room, one line in our log,
 * and a note in the file once there is room again; never the guest's progress. Used by one thread.
 */
final class Recorder implements AutoCloseable {
    private static final Logger LOG = BareLog.of(Recorder.class);

    private final OutputFile file;
    private long lost;

    Recorder(OutputFile file) {
        this.file = file;
    }

    /** Leaves {@code bytes} as they are. */
    void write(ByteBuffer bytes) {
        ByteBuffer left = bytes.duplicate();
        try {
            if (lost > 0) {
                file.write(ByteBuffer.wrap(OutputRing.note(lost + " bytes of output could not be written here")));
                LOG.log(Level.WARNING, file.name() + " can be written again; " + lost + " bytes of output are missing");
                lost = 0;
            }
            file.write(left);
        } catch (IOException e) {
            if (lost == 0) {
                LOG.log(Level.WARNING, file.name() + " cannot be written; output is discarded: " + FailureReason.of(e));
            }
            lost += left.remaining();
        }
    }

    @Override
    public void close() {
        try {
            file.close();
        } catch (IOException e) {
            LOG.log(Level.WARNING, file.name() + ": close: " + FailureReason.of(e));
        }
    }
}
