package crosvm.schema.lint;

import crosvm.schema.model.VmSpec;
import crosvm.schema.write.SpecWriter;
import java.util.Map;

/** A whole spec as YAML that lints as clean as the file it comes from. */
public final class EffectiveYaml {
    private static final String HOME = "# crosvm-lint: ignore-file=" + LintRule.HOME_PATH.id()
            + " all paths are written out here, for this machine\n";

    private EffectiveYaml() {}

    /** The spec with all its defaults; a comment for lint where a path that is written out now leads into a home folder. */
    public static String of(VmSpec spec) {
        boolean home = SpecWriter.flatten(spec).entrySet().stream()
                .anyMatch(value -> WrittenLint.isPath(value.getKey()) && WrittenLint.leadsHome(value.getValue()));
        return (home ? HOME : "") + SpecWriter.toYaml(spec);
    }

    /** The same for the maps and lists of several machines. */
    public static String of(Map<String, Object> fleet) {
        String yaml = SpecWriter.toYaml(fleet);
        boolean home = yaml.lines().anyMatch(line -> WrittenLint.leadsHome(line.replaceFirst("^[^:]*: ", "")));
        return (home ? HOME : "") + yaml;
    }
}
