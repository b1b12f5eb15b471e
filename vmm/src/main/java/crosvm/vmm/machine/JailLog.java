package crosvm.vmm.machine;

import crosvm.vmm.linux.FdChannel;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/**
 * The log of a device process: bare lines to standard error. The usual handlers write dates, for which they open the
 * time zone's file, which a jail does not have. Any thread.
 */
final class JailLog extends Handler {
    private static final FdChannel ERROR = FdChannel.over(2, "standard error");

    private JailLog() {}

    /** Takes the place of all handlers, and is loaded and tried in doing so. */
    static void install() {
        Logger root = Logger.getLogger("");
        for (Handler handler : root.getHandlers()) {
            root.removeHandler(handler);
        }
        root.addHandler(new JailLog());
        bytes(new LogRecord(java.util.logging.Level.WARNING, "warm").getMessage());
    }

    static void tell(String line) {
        synchronized (ERROR) {
            ERROR.write(ByteBuffer.wrap(bytes(line)));
        }
    }

    private static byte[] bytes(String line) {
        return ("crosvm: " + line + "\n").getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void publish(LogRecord record) {
        Throwable thrown = record.getThrown();
        tell(record.getMessage() + (thrown == null ? "" : ": " + thrown));
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
}
