package crosvm.schema.model;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * How a running machine is reached.
 *
 * @param socket absolute path of the control socket, or of a folder in which {@code crosvm-PID.sock} is made; null: in the
 *     machine's state folder
 */
@Shorthand("socket")
public record ControlSpec(
        @Doc(
                value = "The control socket, or a folder in which crosvm-PID.sock is made.",
                example = "/run/user/1000/crosvm.sock",
                derived = "control.sock in the machine's state folder",
                flag = "--socket",
                shortFlag = "-s")
        @Nullable Path socket) {}
