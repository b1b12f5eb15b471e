package crosvm.schema.yaml;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** Knows files of other tools and formats by their look, so that they are named and not picked to pieces. */
final class OtherFormat {
    /** Compiled for a text that is no spec. */
    private static final class Look {
        private static final Pattern SECTION = Pattern.compile("(?m)^\\s*\\[+[A-Za-z0-9_.\" -]+]+\\s*$");
        private static final Pattern ASSIGNMENT = Pattern.compile("(?m)^\\s*[A-Za-z0-9_.\"-]+\\s*=.*$");
        private static final Pattern TOML_VALUE = Pattern.compile("(?m)^\\s*[A-Za-z0-9_.\"-]+\\s*=\\s*[\"\\[{].*$");
        private static final Pattern DOCKERFILE =
                Pattern.compile("(?s)(^|.*\\n)FROM \\S+.*\\n(RUN|CMD|COPY|ENTRYPOINT) .*");
        private static final Pattern TERRAFORM =
                Pattern.compile("(?s)(^|.*\\n)(resource|variable|provider|terraform|locals)( \"[^\"\\n]*\")* \\{.*");

        private Look() {}
    }

    /** The keys that only the other tool's files have all of, and no spec. */
    private record Keys(String tool, Set<String> keys) {}

    private static final List<Keys> TOOLS = List.of(
            new Keys("Docker Compose", Set.of("services")),
            new Keys("Kubernetes", Set.of("apiVersion", "kind")),
            new Keys("Firecracker", Set.of("boot-source")),
            new Keys("Firecracker", Set.of("machine-config")),
            new Keys("Lima", Set.of("vmType")),
            new Keys("Lima", Set.of("images", "mounts")),
            new Keys("Lima", Set.of("images", "provision")),
            new Keys("Lima", Set.of("images", "arch")),
            new Keys("Lima", Set.of("images", "containerd")),
            new Keys("Lima", Set.of("base", "mounts")),
            new Keys("cloud-init", Set.of("runcmd")),
            new Keys("cloud-init", Set.of("ssh_authorized_keys")),
            new Keys("cloud-init", Set.of("write_files")),
            new Keys("cloud-init", Set.of("packages", "users")),
            new Keys("GitHub Actions", Set.of("jobs", "on")),
            new Keys("GitLab CI", Set.of("stages")),
            new Keys("Ansible", Set.of("hosts", "tasks")));

    private OtherFormat() {}

    /** The format of a text that is not YAML, or of which YAML makes one value; or empty. */
    static String ofText(String text) {
        String start = text.stripLeading();
        if (start.startsWith("<")) {
            return start.contains("<domain") ? "libvirt's XML" : start.startsWith("<<<") ? "" : "XML";
        }
        if (start.startsWith("#!")) {
            return "a script";
        }
        if (Look.DOCKERFILE.matcher(start).matches()) {
            return "a Dockerfile";
        }
        if (Look.TERRAFORM.matcher(start).matches()) {
            return "Terraform";
        }
        if (Look.ASSIGNMENT.matcher(text).find()) {
            return Look.TOML_VALUE.matcher(text).find()
                    ? "TOML"
                    : Look.SECTION.matcher(text).find() ? "INI" : variables(start);
        }
        return "";
    }

    private static String variables(String text) {
        boolean only = text.lines()
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .allMatch(line -> line.matches("(export )?[A-Za-z_][A-Za-z0-9_]*\\s*=.*"));
        return only ? "a list of variables, as in .env files" : "";
    }

    /** The tool whose files look like this, or empty. */
    static String ofTree(String text, Tree tree) {
        if (tree instanceof Tree.Sequence list && !list.items().isEmpty()) {
            return ofTree(text, list.items().get(0));
        }
        if (tree instanceof Tree.Scalar scalar && scalar.plain()) {
            return ofText(text);
        }
        if (!(tree instanceof Tree.Mapping mapping) || mapping.entry("kernel") != null) {
            return "";
        }
        if (text.startsWith("#cloud-config")) {
            return "cloud-init";
        }
        Map<String, Tree.Entry> entries =
                mapping.entries().stream().collect(java.util.stream.Collectors.toMap(Tree.Entry::key, entry -> entry));
        return TOOLS.stream()
                .filter(tool -> entries.keySet().containsAll(tool.keys()))
                .map(Keys::tool)
                .findFirst()
                .orElse("");
    }
}
