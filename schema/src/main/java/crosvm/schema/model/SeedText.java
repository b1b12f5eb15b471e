package crosvm.schema.model;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A file of a cloud-init seed: what stands in it, here or in a file of the host.
 *
 * @param text the text itself, or null
 * @param file absolute path of a file whose contents it is, or null; exactly one of the two is set
 */
@Shorthand("text")
@Excludes(value = "file", others = "text", message = "text and file are mutually exclusive")
public record SeedText(
        @Doc(
                value = "The text itself. ${NAME} is filled in as everywhere in a spec: write $${NAME} for a shell's.",
                example = "\"#cloud-config\\npackages: [nginx]\"",
                fileOnly = true)
        @Nullable FilledText text,

        @Doc(
                value = "A file whose contents it is, at most 1MiB; nothing in it is filled in.",
                example = "user-data.yaml",
                fileOnly = true)
        @Nullable Path file) {
    /** The most bytes that a file of a seed may have. */
    public static final int MAX_BYTES = 1 << 20;

    /** One that is written out. */
    public static SeedText of(String text) {
        return new SeedText(FilledText.of(text), null);
    }
}
