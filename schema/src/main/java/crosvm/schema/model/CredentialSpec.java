package crosvm.schema.model;

import jakarta.validation.constraints.Pattern;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where the value of a systemd credential comes from. The value itself never stands in a spec.
 *
 * @param file absolute path of a file whose contents it is, or null
 * @param env the environment variable whose value it is, or null; exactly one of the two is set
 */
@Shorthand("file")
@Excludes(value = "env", others = "file", message = "env and file are mutually exclusive")
public record CredentialSpec(
        @Doc(
                value =
                        "A file whose contents are the credential's value; only its owner and group may be able to read it.",
                example = "token.txt",
                fileOnly = true)
        @Nullable Path file,

        @Doc(
                value = "The environment variable of crosvm whose value is the credential's.",
                example = "API_TOKEN",
                fileOnly = true)
        @Pattern(regexp = "[A-Za-z_][A-Za-z0-9_]*", message = "must be the name of an environment variable") @Nullable String env) {}
