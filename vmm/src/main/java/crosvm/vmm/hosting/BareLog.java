package crosvm.vmm.hosting;

import crosvm.vmm.linux.FdChannel;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/**
 * The log of the program and of its device processes: bare lines to standard error. The usual handlers write two lines and
 * dates, for which they open the time zone's file, which a jail does not have. Any thread.
 */
public final class BareLog extends Handler {
    private static final FdChannel ERROR = FdChannel.over(2, "standard error");

    private BareLog() {}

    /** Takes the place of all handlers, and is loaded and tried in doing so. */
    public static void install() {
        Logger root = Logger.getLogger("");
        for (Handler handler : root.getHandlers()) {
            root.removeHandler(handler);
        }
        root.addHandler(new BareLog());
        bytes(new LogRecord(java.util.logging.Level.WARNING, "warm").getMessage());
    }

    public static void tell(String line) {
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
