package crosvm.vmm.module;

import crosvm.vmm.linux.Fd;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a device is made of, in a form that a process can be handed: settings and open descriptors. {@link HostedModule#open}
 * makes it, {@link HostedModule#make} uses it up, here or over there.
 */
public interface DeviceParts extends AutoCloseable {
    /** Writes everything that {@link HostedModule#read} reads, in the same order; no secret, since it shows in a command line. */
    void write(PartsWriter writer);

    /** What the VMM does for the device while the guest runs, or null; stays with the VMM, which closes it. */
    default @Nullable Companion companion() {
        return null;
    }

    /** Its descriptors, in the order in which they are written. */
    default List<Fd> descriptors() {
        PartsWriter writer = new PartsWriter();
        write(writer);
        return writer.descriptors();
    }

    /** Closes the descriptors; for the VMM, once a process has its own of them. */
    @Override
    default void close() {
        descriptors().forEach(Fd::close);
    }
}
