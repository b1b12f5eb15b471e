package crosvm.schema.model;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import org.jspecify.annotations.Nullable;

/**
 * How a machine that was ready is looked at again and again.
 *
 * @param port the guest's TCP port that takes connections, as {@link ReadySpec#port}, or null
 * @param vsock the guest's vsock port that takes connections, or null; with neither, what {@code ready} says
 * @param interval from one look to the next
 * @param retries how many looks in a row must fail until the machine counts as unhealthy
 */
public record HealthSpec(
        @Doc(
                value = "A TCP port of the guest that takes connections; a network forwards a host port to it.",
                example = "443",
                derived = "ready.port",
                fileOnly = true)
        @Nullable @Min(1) @Max(65535) Integer port,

        @Doc(
                value = "A vsock port of the guest that takes connections.",
                example = "22",
                derived = "ready.vsock",
                fileOnly = true)
        @Nullable @Min(0) @Max(0xfffffffeL) Long vsock,

        @Doc(value = "From one look to the next.", example = "10s", defaultValue = "30s", fileOnly = true)
        TimeSpan interval,

        @Doc(
                value = "How many looks in a row must fail until the machine is unhealthy.",
                example = "5",
                defaultValue = "3",
                fileOnly = true)
        @Min(1) @Max(100) int retries) {}
