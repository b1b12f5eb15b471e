package crosvm.schema.bind;

import crosvm.schema.model.FieldInfo;
import crosvm.schema.model.MacAddress;
import crosvm.schema.yaml.Tree;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.jspecify.annotations.Nullable;

/** Values that are worked out when the file does not give them. */
public final class Derived {
    private Derived() {}

    /** Looked up when it is first needed and once: that takes longer than to hash. */
    private static final class Sha256 {
        private static final MessageDigest DIGEST = create();

        private static MessageDigest create() {
            try {
                return MessageDigest.getInstance("SHA-256");
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every Java has SHA-256", e);
            }
        }

        static synchronized byte[] of(byte[] text) {
            return DIGEST.digest(text);
        }
    }

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
            case "networks[].mac" -> mac(machine, index);
            default -> null;
        };
    }

    /** The name of a machine by its file: {@code web.vm.yaml} is web, {@code web/vm.yaml} is web. */
    public static String machineName(Path file) {
        String name = String.valueOf(file.getFileName());
        String stem = name.replaceFirst("(\\.vm)?\\.(yaml|yml)$", "");
        if (stem.equals("vm") || stem.isEmpty()) {
            Path folder = file.toAbsolutePath().normalize().getParent();
            stem = folder == null || folder.getFileName() == null ? "vm" : String.valueOf(folder.getFileName());
        }
        String clean = stem.replaceAll("[^A-Za-z0-9_.-]", "-").replaceFirst("^[^A-Za-z0-9]+", "");
        clean = clean.length() > 63 ? clean.substring(0, 63) : clean;
        return clean.isEmpty() ? "vm" : clean;
    }

    /** A local, unicast address which is the same for the same machine and position on every host. */
    static MacAddress mac(String machine, int index) {
        byte[] hash = Sha256.of((machine + "/" + index).getBytes(StandardCharsets.UTF_8));
        long bits = 0;
        for (int i = 0; i < 6; i++) {
            bits = bits << 8 | hash[i] & 0xff;
        }
        long locallyAdministered = 0x02L << 40;
        long group = 0x01L << 40;
        return new MacAddress((bits | locallyAdministered) & ~group);
    }
}
