package crosvm.runner.export;

import org.jspecify.annotations.Nullable;

/**
 * What the spec does not say and an engine wants to know.
 *
 * @param image crosvm's container image
 * @param devicePlugin the resource by which a device plugin of Kubernetes gives a container {@code /dev/kvm}; null: the
 *     container is privileged
 * @param replicas number of machines, at least 1
 * @param storage the size of a claim for disks of unknown size, as Kubernetes writes sizes
 * @param pattern a regular expression for a line of the console that says that the guest is ready; null: running is enough
 */
public record ExportOptions(
        String image,
        @Nullable String devicePlugin,
        int replicas,
        String storage,
        @Nullable String pattern) {}
