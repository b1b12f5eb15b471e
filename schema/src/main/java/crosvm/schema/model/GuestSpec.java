package crosvm.schema.model;

import jakarta.validation.Valid;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the guest is told about itself: systemd credentials in SMBIOS strings (systemd.io, "System and Service Credentials"),
 * which systemd 252 and later reads by itself, and a seed disk for cloud-init.
 *
 * @param hostname its name, or null
 * @param timezone its time zone, or null
 * @param sshKeys public keys that may log in as root
 * @param credentials further systemd credentials, by their names
 * @param cloudInit the seed of a guest with cloud-init, or null
 */
public record GuestSpec(
        @Doc(
                value = "The guest's host name, for a guest with systemd (the kernel parameter systemd.hostname).",
                example = "web",
                flag = "--hostname")
        @Pattern(
                regexp = "[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?([.][A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*",
                message = "must be letters, digits and hyphens, in parts separated by dots")
        @Size(max = 64) @Nullable String hostname,

        @Doc(
                value =
                        "The guest's time zone, as a name below /usr/share/zoneinfo. systemd-tmpfiles links /etc/localtime to it.",
                example = "Europe/Berlin",
                flag = "--timezone")
        @Pattern(
                regexp = "[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*",
                message = "must be the name of a time zone such as Europe/Berlin or UTC")
        @Size(max = 64) @Nullable String timezone,

        @Doc(
                value =
                        "Public keys that may log in as root by ssh: the lines of a .pub file. They are written where /root/.ssh/authorized_keys does not exist yet.",
                example = "[\"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ me\"]",
                flag = "--ssh-key")
        @Size(max = 64) List<
                        @Pattern(
                                regexp = "(ssh-|ecdsa-|sk-)[A-Za-z0-9@.-]+ [A-Za-z0-9+/]+={0,3}( [ -~]*)?",
                                message = "must be a line of an OpenSSH public key file, such as ssh-ed25519 AAAA…")
                        @Size(max = 8192) String>
                sshKeys,

        @Doc(
                value =
                        "systemd credentials by name, each from a file or an environment variable; services read them with LoadCredential=.",
                example = "{token: {file: token.txt}}",
                fileOnly = true)
        @Size(max = 64) Map<String, @Valid CredentialSpec> credentials,

        @Doc(
                value = "A seed for a guest with cloud-init: a read-only disk labelled cidata, the last of all.",
                example = "{userData: {file: user-data.yaml}}")
        @Valid @Nullable CloudInitSpec cloudInit) {
    /** Copies list and map, keeping their order. */
    public GuestSpec {
        sshKeys = List.copyOf(sshKeys);
        credentials = Collections.unmodifiableMap(new LinkedHashMap<>(credentials));
    }

    /** The environment variables that were filled into what the guest is told, with their values, which may be secrets. */
    public Map<String, String> variables() {
        Map<String, String> variables = new LinkedHashMap<>();
        if (cloudInit != null) {
            for (SeedText seed : cloudInit.texts().values()) {
                variables.putAll(seed.text() == null ? Map.of() : seed.text().variables());
            }
        }
        return variables;
    }

    /** Whether the guest is told nothing. */
    public boolean isEmpty() {
        return hostname == null && timezone == null && sshKeys.isEmpty() && credentials.isEmpty() && cloudInit == null;
    }
}
