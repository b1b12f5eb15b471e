package crosvm.vmm.virtio;

import crosvm.vmm.linux.BareLog;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/**
 * Logs what goes wrong with a device, be it the driver's doing or the host's: the first time at once, then at most every
 * {@value #SECONDS} seconds with the number since, so that a guest cannot fill the host's log. Any thread.
 */
public final class DeviceLog {
    static final int SECONDS = 10;

    private static final Logger LOG = BareLog.of(DeviceLog.class);
    private static final long NANOS = SECONDS * 1_000_000_000L;

    private final String device;
    private long total;
    private long logged;
    private long nextLine;

    /** @param device as messages name it */
    public DeviceLog(String device) {
        this.device = device;
    }

    /** @param what one line without the device's name */
    public synchronized void report(String what) {
        total++;
        long now = System.nanoTime();
        if (total > 1 && now - nextLine < 0) {
            return;
        }
        nextLine = now + NANOS;
        long since = total - logged;
        logged = total;
        LOG.log(
                Level.WARNING,
                since == 1
                        ? device + ": " + what
                        : device + ": " + what + " (" + since + " such lines; this is the last)");
    }

    /**
     * For what happens once in a device's life: never left out.
     *
     * @param what one line without the device's name
     */
    public synchronized void reportOnce(String what) {
        LOG.log(Level.WARNING, device + ": " + what);
    }
}
