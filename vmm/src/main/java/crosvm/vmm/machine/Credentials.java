package crosvm.vmm.machine;

import crosvm.vmm.FailureReason;
import crosvm.vmm.VmmException;
import crosvm.vmm.boot.smbios.SmbiosTables;
import crosvm.vmm.graph.CredentialPlan;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * Reads the values of credentials and writes them as systemd looks for them in SMBIOS: {@code
 * io.systemd.credential.binary:NAME=BASE64} (systemd.system-credentials(7)). The values stay in this process and in the
 * guest's memory. Immutable; any thread.
 */
public final class Credentials {
    private final Map<String, String> variables;
    private final Map<String, String> more;

    private Credentials(Map<String, String> variables, Map<String, String> more) {
        this.variables = variables;
        this.more = more;
    }

    /** With the values of environment variables, which need not be those of this process. */
    public static Credentials of(Map<String, String> variables) {
        return new Credentials(Map.copyOf(variables), Map.of());
    }

    /** The same and one more, which is known only when the machine starts. */
    public Credentials and(String name, String text) {
        Map<String, String> all = new TreeMap<>(more);
        all.put(name, text);
        return new Credentials(variables, Collections.unmodifiableMap(all));
    }

    /**
     * Reads one and forgets it.
     *
     * @throws VmmException as a machine with it would be refused
     */
    public void require(CredentialPlan credential) {
        value(credential);
    }

    /**
     * The OEM strings of the credentials.
     *
     * @throws VmmException when a file is missing, unreadable, too large or readable by every user of the host, or a variable
     *     is not set
     */
    List<String> oemStrings(List<CredentialPlan> credentials) {
        List<String> strings = new ArrayList<>();
        for (CredentialPlan credential : credentials) {
            strings.add(string(credential.name(), value(credential)));
        }
        more.forEach((name, text) -> strings.add(string(name, text.getBytes(StandardCharsets.UTF_8))));
        return strings;
    }

    private static String string(String name, byte[] value) {
        return "io.systemd.credential.binary:" + name + "="
                + Base64.getEncoder().encodeToString(value);
    }

    private byte[] value(CredentialPlan credential) {
        String text = credential.text();
        if (text != null) {
            return text.getBytes(StandardCharsets.UTF_8);
        }
        Path file = credential.file();
        return file != null ? read(credential.name(), file) : variable(credential);
    }

    private byte[] variable(CredentialPlan credential) {
        String env = Objects.requireNonNull(credential.env(), "a credential has a source");
        String value = variables.get(env);
        if (value == null) {
            throw new VmmException("credential " + credential.name() + ": the environment variable " + env
                    + " is not set; set it before crosvm is started");
        }
        return value.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] read(String credential, Path file) {
        String name = "credential " + credential + ": " + file;
        try {
            // Before opening: a FIFO would block.
            if (!Files.isRegularFile(file) && Files.exists(file)) {
                throw new VmmException(name + ": is not a regular file; give a file with the credential's value");
            }
            if (Files.exists(file) && Files.getPosixFilePermissions(file).contains(PosixFilePermission.OTHERS_READ)) {
                throw new VmmException(name + ": is readable by every user of this host; run: chmod o-rwx " + file);
            }
            try (InputStream in = Files.newInputStream(file)) {
                byte[] bytes = in.readNBytes(SmbiosTables.MAX_OEM_BYTES + 1);
                if (bytes.length > SmbiosTables.MAX_OEM_BYTES) {
                    throw new VmmException(
                            name + ": has more than " + SmbiosTables.MAX_OEM_BYTES
                                    + " bytes, the most that SMBIOS strings take; hand large data to the guest by a disk or a share");
                }
                return bytes;
            }
        } catch (NoSuchFileException e) {
            throw new VmmException(
                    name + ": no such file; check the path (relative ones start at vm.yaml's folder)", e);
        } catch (AccessDeniedException e) {
            throw new VmmException(name + ": permission denied; make the file readable for your user", e);
        } catch (IOException e) {
            throw new VmmException(name + ": cannot be read: " + FailureReason.of(e), e);
        }
    }
}
