package crosvm.vmm.graph;

import crosvm.schema.model.CredentialSpec;
import crosvm.schema.model.GuestSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A systemd credential that the guest is handed. Of what is secret only the place is known here, so that nothing that prints
 * a plan can tell it.
 *
 * @param name systemd's name for it
 * @param file absolute path of the file that holds it, or null
 * @param env the environment variable that holds it, or null
 * @param text what it is, where that is not secret, or null; exactly one of the three is set
 */
public record CredentialPlan(
        String name,
        @Nullable Path file,
        @Nullable String env,
        @Nullable String text) {
    private static final String TMPFILES = "tmpfiles.extra";
    private static final String EPHEMERAL_KEYS = "ssh.ephemeral-authorized_keys-all";

    static List<CredentialPlan> of(GuestSpec guest) {
        List<CredentialPlan> plans = new ArrayList<>();
        if (!guest.sshKeys().isEmpty()) {
            // provision.conf of systemd's tmpfiles.d writes it to /root/.ssh/authorized_keys.
            plans.add(text("ssh.authorized_keys.root", String.join("\n", guest.sshKeys()) + "\n"));
        }
        String zone = guest.timezone();
        if (zone != null) {
            plans.add(text(TMPFILES, "L+ /etc/localtime - - - - ../usr/share/zoneinfo/" + zone + "\n"));
        }
        guest.credentials().forEach((name, from) -> plans.add(of(name, from)));
        return plans;
    }

    /**
     * Those with a key that may log in: for the sshd of a socket on vsock, which gets it as a credential of its own (systemd 256 and
     * later, and Debian 12 as examples/debian-image.sh makes it), and for any other in root's authorized_keys2, which OpenSSH reads
     * beside authorized_keys. What the spec says itself goes first.
     *
     * @param line of an authorized_keys file
     */
    static List<CredentialPlan> withKey(List<CredentialPlan> credentials, String line) {
        List<CredentialPlan> all = new ArrayList<>(credentials);
        add(all, EPHEMERAL_KEYS, line + "\n");
        add(all, TMPFILES, "f+ /root/.ssh/authorized_keys2 0600 root root - " + line.replace("%", "%%") + "\n");
        return all;
    }

    private static void add(List<CredentialPlan> all, String name, String text) {
        for (int i = 0; i < all.size(); i++) {
            CredentialPlan there = all.get(i);
            if (there.name().equals(name)) {
                all.set(i, there.text() == null ? there : text(name, there.text() + text));
                return;
            }
        }
        all.add(text(name, text));
    }

    private static CredentialPlan of(String name, CredentialSpec from) {
        return new CredentialPlan(name, from.file(), from.env(), null);
    }

    private static CredentialPlan text(String name, String text) {
        return new CredentialPlan(name, null, null, text);
    }
}
