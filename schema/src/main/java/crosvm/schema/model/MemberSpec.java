package crosvm.schema.model;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a file of several machines says of one of them besides the machine itself. Immutable.
 *
 * @param dependsOn the machines that are started before it, and how far they must be
 * @param replicas how many of it there are
 * @param profiles with which of them it is started; with every one when there is none
 */
public record MemberSpec(
        @Doc(
                value =
                        "Machines of the file that are started before this one and ended after it: a list, or names with"
                                + " started (its guest runs), ready (as its spec says) or ended (with status 0). A list means started.",
                example = "{db: started}",
                fileOnly = true)
        Map<String, Dependency> dependsOn,

        @Doc(
                value = "How many machines it stands for: with more than one, NAME-1, NAME-2 and so on.",
                example = "3",
                defaultValue = "1",
                fileOnly = true)
        @Min(1) @Max(MemberSpec.MAX_REPLICAS) int replicas,

        @Doc(
                value =
                        "The machine is started only with one of these profiles (--profile), or when it is named or another one"
                                + " depends on it.",
                example = "[debug]",
                fileOnly = true)
        @Size(max = 31) List<
                        @Pattern(
                                regexp = "[A-Za-z0-9][A-Za-z0-9_.-]*",
                                message = "must begin with a letter or digit and go on with letters, digits, _ . or -")
                        String>
                profiles) {
    /** The most machines that one of the file may stand for. */
    public static final int MAX_REPLICAS = 1000;

    /** Copies the lists. */
    public MemberSpec {
        dependsOn = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(dependsOn));
        profiles = List.copyOf(profiles);
    }
}
