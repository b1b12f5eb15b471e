package crosvm.schema.model;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.Size;
import org.jspecify.annotations.Nullable;

/**
 * When a machine counts as ready. Exactly one of the four signs is given.
 *
 * @param systemd whether the guest's systemd says so, by sd_notify over vsock
 * @param console what a line of the console contains then (RE2 syntax, which is matched in linear time), or null
 * @param port the guest's TCP port that takes connections then, through a forward of a user network, or null
 * @param vsock the guest's vsock port that takes connections then, or null
 * @param within how long that takes at most, from the guest's start
 */
@Snippet(value = "systemd has finished the boot", lines = "systemd: true")
@Snippet(value = "a line of the console", lines = "console: \"${1:login:}\"")
@Snippet(value = "a TCP port of the guest", lines = "port: ${1:80}")
public record ReadySpec(
        @Doc(
                value =
                        "Ready when the guest's systemd has finished its boot and says so over vsock (254 or later), or when asked over ssh.",
                example = "true",
                defaultValue = "false",
                fileOnly = true)
        boolean systemd,

        @Doc(
                value = "Ready when a line of the console contains a match of this regular expression (RE2 syntax).",
                example = "\"login:\"",
                fileOnly = true)
        @Nullable @Size(min = 1, max = 1000) String console,

        @Doc(
                value =
                        "Ready when this TCP port of the guest takes connections; a network forwards a host port to it.",
                example = "443",
                fileOnly = true)
        @Nullable @Min(1) @Max(65535) Integer port,

        @Doc(value = "Ready when this vsock port of the guest takes connections.", example = "22", fileOnly = true)
        @Nullable @Min(0) @Max(0xfffffffeL) Long vsock,

        @Doc(
                value = "How long that takes at most; then crosvm says what is missing, and continues to wait.",
                example = "5m",
                defaultValue = "90s",
                fileOnly = true)
        TimeSpan within) {}
