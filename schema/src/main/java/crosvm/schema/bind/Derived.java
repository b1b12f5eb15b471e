package crosvm.schema.bind;

import crosvm.schema.model.FieldInfo;
import crosvm.schema.model.MacAddress;
import crosvm.schema.yaml.Tree;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Values that are worked out when the file does not give them. */
public final class Derived {
    /** The longest name of a machine, in characters. */
    private static final int MAX_NAME = 63;

    private Derived() {}

    /**
     * The value of a field that has {@code derived} in its documentation, or null where the running machine decides.
     *
     * @param siblings what is given in the same record
     * @param index the position in the nearest list, or -1
     * @param machine the machine's name
     */
    static @Nullable Object value(FieldInfo field, Tree.Mapping siblings, int index, String machine) {
        return switch (field.path()) {
            case "name" -> machine;
            case "disks[].id" -> "disk" + index;
            case "disks[].readOnly" -> siblings.entry("writes") == null;
            case "networks[].id" -> "net" + index;
            case "networks[].mac" -> MacAddress.derived(machine + "/" + index);
            default -> null;
        };
    }

    /** The name of a machine by its file: {@code web.vm.yaml} is web, {@code web/vm.yaml} is web. */
    public static String machineName(Path file) {
        String stem = stem(String.valueOf(file.getFileName()));
        if (stem.equals("vm") || stem.isEmpty()) {
            Path folder = file.toAbsolutePath().normalize().getParent();
            stem = folder == null || folder.getFileName() == null ? "vm" : String.valueOf(folder.getFileName());
        }
        StringBuilder clean = new StringBuilder();
        for (int i = 0; i < stem.length() && clean.length() < MAX_NAME; i++) {
            char c = stem.charAt(i);
            boolean alphanumeric = c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9';
            if (alphanumeric || !clean.isEmpty()) {
                clean.append(alphanumeric || c == '_' || c == '.' || c == '-' ? c : '-');
            }
        }
        return clean.isEmpty() ? "vm" : clean.toString();
    }

    /** The file's name without the ending that makes it a spec. */
    private static String stem(String name) {
        int end = name.endsWith(".yaml") ? name.length() - 5 : name.endsWith(".yml") ? name.length() - 4 : -1;
        if (end < 0) {
            return name;
        }
        return name.startsWith(".vm", end - 3) ? name.substring(0, end - 3) : name.substring(0, end);
    }
}
