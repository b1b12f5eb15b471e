package crosvm.runner.export;

import crosvm.schema.model.CredentialSpec;
import crosvm.schema.model.VmSpec;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** What a spec says of secrets: where they come from, never what they are. */
final class SpecSecrets {
    private SpecSecrets() {}

    /** The environment variables that are a credential's value, sorted. */
    static List<String> variables(VmSpec spec) {
        return spec.guest().credentials().values().stream()
                .map(CredentialSpec::env)
                .filter(Objects::nonNull)
                .distinct()
                .sorted()
                .toList();
    }

    /** The files that are a credential's value, by the credential's name. */
    static Map<String, Path> files(VmSpec spec) {
        Map<String, Path> files = new LinkedHashMap<>();
        spec.guest().credentials().forEach((name, from) -> {
            if (from.file() != null) {
                files.put(name, from.file());
            }
        });
        return files;
    }
}
