package crosvm.schema.model;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where one serial or console port leads.
 *
 * @param to the kind of place
 * @param path absolute path of the file or socket; null with the other kinds
 */
@Shorthand("to")
@Snippet(
        value = "to a file",
        lines = {"to: file", "path: ${1:console.log}"})
@Snippet(
        value = "to a socket",
        lines = {"to: socket", "path: ${1:console.sock}"})
public record PortSpec(
        @Doc(
                value = "Where the port leads: the terminal, a file, a socket that crosvm listens on, or nowhere.",
                example = "file")
        PortTarget to,

        @Doc(value = "The file or socket.", example = "console.log") @Nullable Path path) {}
