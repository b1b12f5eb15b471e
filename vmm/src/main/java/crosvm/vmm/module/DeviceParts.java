package crosvm.vmm.module;

import crosvm.vmm.linux.Fd;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a device is made of, in a form that a process can be handed: words and open descriptors. {@link DeviceRecipe#open}
 * makes it, {@link DeviceRecipe#make} uses it up, here or over there.
 *
 * @param words what the recipe must know of the spec, in an order of its own; no secret, since it shows in the process's
 *     command line
 * @param descriptors open and locked, in an order of the recipe's own
 * @param companion what the VMM does for the device while the guest runs, or null; stays with the VMM, which closes it
 */
public record DeviceParts(
        List<String> words, List<Fd> descriptors, @Nullable Companion companion) implements AutoCloseable {
    public DeviceParts {
        words = List.copyOf(words);
        descriptors = List.copyOf(descriptors);
    }

    /** Without a companion. */
    public DeviceParts(List<String> words, List<Fd> descriptors) {
        this(words, descriptors, null);
    }

    /** Closes the descriptors; for the VMM, once a process has its own of them. */
    @Override
    public void close() {
        descriptors.forEach(Fd::close);
    }
}
