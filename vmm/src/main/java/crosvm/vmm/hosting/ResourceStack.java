package crosvm.vmm.hosting;

import crosvm.vmm.linux.BareLog;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What a machine owns, closed in the reverse order of its making. One that fails to close does not keep the others open.
 * Used by the thread that builds, then the one that ends the machine.
 */
public final class ResourceStack implements AutoCloseable {
    private static final Logger LOG = BareLog.of(ResourceStack.class);

    private final Deque<AutoCloseable> resources = new ArrayDeque<>();

    /** Takes over {@code resource} and hands it back. */
    public <T extends AutoCloseable> T own(T resource) {
        resources.push(resource);
        return resource;
    }

    @Override
    public void close() {
        while (!resources.isEmpty()) {
            close(resources.pop());
        }
    }

    /** Closes one resource; a failure is logged, since nobody could do anything about it. */
    public static void close(AutoCloseable resource) {
        try {
            resource.close();
        } catch (Exception e) {
            LOG.log(Level.WARNING, "closing " + resource.getClass().getSimpleName() + " failed", e);
        }
    }
}
