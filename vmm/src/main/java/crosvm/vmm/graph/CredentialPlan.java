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
    static List<CredentialPlan> of(GuestSpec guest) {
        List<CredentialPlan> plans = new ArrayList<>();
        if (!guest.sshKeys().isEmpty()) {
            // provision.conf of systemd's tmpfiles.d writes it to /root/.ssh/authorized_keys.
            plans.add(text("ssh.authorized_keys.root", String.join("\n", guest.sshKeys()) + "\n"));
        }
        String zone = guest.timezone();
        if (zone != null) {
            plans.add(text("tmpfiles.extra", "L+ /etc/localtime - - - - ../usr/share/zoneinfo/" + zone + "\n"));
        }
        guest.credentials().forEach((name, from) -> plans.add(of(name, from)));
        return plans;
    }

    private static CredentialPlan of(String name, CredentialSpec from) {
        return new CredentialPlan(name, from.file(), from.env(), null);
    }

    private static CredentialPlan text(String name, String text) {
        return new CredentialPlan(name, null, null, text);
    }
}
