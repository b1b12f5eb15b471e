package crosvm.schema.check;

import crosvm.schema.bind.Draft;
import crosvm.schema.model.ConsoleSpec;
import crosvm.schema.model.CredentialSpec;
import crosvm.schema.model.NamedPath;
import crosvm.schema.model.NamedPath.Access;
import crosvm.schema.model.PortSpec;
import crosvm.schema.model.PortTarget;
import crosvm.schema.model.VmSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a machine does with one path of the host that its spec names. {@link #of} is the one table of them; the rules about paths
 * that clash, within a machine and between machines, all read it.
 *
 * @param field the field that names the path; empty for the spec file itself
 * @param path absolute and normal
 * @param access what is done with it
 */
public record PathUse(String field, Path path, Access access) {
    /** The spec file, then what the machine reads, then what it writes and listens on: a clash is blamed on the later one. */
    public static List<PathUse> of(VmSpec spec, @Nullable Path file) {
        List<PathUse> uses = new ArrayList<>();
        add(uses, "", file, Access.READ);
        add(uses, "kernel.image", spec.kernel().image(), Access.READ);
        add(uses, "kernel.initrd", spec.kernel().initrd(), Access.READ);
        for (Map.Entry<String, CredentialSpec> credential :
                spec.guest().credentials().entrySet()) {
            String field = "guest.credentials." + credential.getKey() + ".file";
            add(uses, field, credential.getValue().file(), Access.READ);
        }
        add(uses, "sandbox.policyDir", spec.sandbox().policyDir(), Access.READ_FOLDER);
        for (VmSpec.Device device : spec.devices()) {
            for (NamedPath named : device.spec().paths()) {
                add(uses, device.path() + "." + named.field(), named.path(), named.access());
            }
        }
        add(uses, "control.socket", spec.control().socket(), Access.LISTEN);
        for (Map.Entry<String, PortSpec> named : ports(spec.console()).entrySet()) {
            PortSpec port = named.getValue();
            if (port.to() == PortTarget.FILE || port.to() == PortTarget.SOCKET) {
                Access access = port.to() == PortTarget.FILE ? Access.WRITE : Access.LISTEN;
                add(uses, named.getKey() + ".path", port.path(), access);
            }
        }
        return uses;
    }

    /** Those uses of a machine whose fields are as the user wants them. */
    public static List<PathUse> sound(Draft draft) {
        List<PathUse> uses = of(draft.spec(), draft.file());
        List<PathUse> sound = new ArrayList<>(uses.size());
        for (PathUse use : uses) {
            if (draft.sound(use.field())) {
                sound.add(use);
            }
        }
        return sound;
    }

    private static void add(List<PathUse> uses, String field, @Nullable Path path, Access access) {
        if (path != null) {
            uses.add(new PathUse(field, path, access));
        }
    }

    /** The console ports of a machine by their fields. */
    static Map<String, PortSpec> ports(ConsoleSpec console) {
        Map<String, PortSpec> ports = new LinkedHashMap<>();
        ports.put("console.com1", console.com1());
        ports.put("console.com2", console.com2());
        ports.put("console.com3", console.com3());
        ports.put("console.com4", console.com4());
        ports.put("console.hvc0", console.hvc0());
        return ports;
    }

    /** Whether the two cannot both be done with one path: who reads, reads what the other has written or is refused. */
    public boolean excludes(PathUse other) {
        boolean bothRead = access.isReading() && other.access.isReading();
        boolean bothConnect = access == Access.CONNECT && other.access == Access.CONNECT;
        // A control socket may be a folder, in which crosvm makes one.
        boolean inFolder = access == Access.LISTEN && other.access == Access.READ_FOLDER
                || access == Access.READ_FOLDER && other.access == Access.LISTEN;
        return !bothRead && !bothConnect && !inFolder;
    }

    /** Whether the other's path lies below this one's, which is a file: no such path can be there. */
    public boolean isFileAbove(PathUse other) {
        return !access.isOfFolder() && !field.equals("control.socket") && isAbove(other);
    }

    /** Whether the guest can change what is at the other's path, because it lies in a folder that is shared to be written. */
    public boolean letsGuestChange(PathUse other) {
        return access == Access.WRITE_FOLDER && !other.isShare() && isAbove(other);
    }

    /** Whether the other's path lies below this one's. */
    public boolean isAbove(PathUse other) {
        return !other.path.equals(path) && other.path.startsWith(path);
    }

    /** Whether this is an image of a disk. */
    public boolean isDisk() {
        return field.startsWith("disks");
    }

    /** Whether this is a shared folder. */
    public boolean isShare() {
        return field.startsWith("shares");
    }

    /** Whether a console port leads there. */
    public boolean isConsole() {
        return field.startsWith("console");
    }
}
