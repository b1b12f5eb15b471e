package crosvm.vmm.jail;

import crosvm.vmm.VmmException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether this host lets an ordinary user make user namespaces, and what forbids it if not. */
final class UserNamespaces {

    private final Path sysctls;

    UserNamespaces(Path sysctls) {
        this.sysctls = sysctls;
    }

    /** What the running kernel says. */
    static UserNamespaces ofHost() {
        return new UserNamespaces(Path.of("/proc/sys"));
    }

    /** @throws VmmException naming the sysctl that forbids them and the command that allows them */
    void require() {
        refuse("user/max_user_namespaces", "0", "user.max_user_namespaces=10000");
        refuse("kernel/unprivileged_userns_clone", "0", "kernel.unprivileged_userns_clone=1");
    }

    private void refuse(String sysctl, String forbidding, String allowing) {
        if (forbidding.equals(value(sysctl))) {
            throw new VmmException("sandbox: this host forbids user namespaces (" + sysctl.replace('/', '.') + "="
                    + forbidding + "), and every jail needs one. Allow them: sysctl " + allowing
                    + "; or, for a guest that is trusted, run without jails: --disable-sandbox");
        }
    }

    /** What to add to the message when a jail could not be made although {@link #require} found nothing. */
    String suspicion() {
        return "1".equals(value("kernel/apparmor_restrict_unprivileged_userns"))
                ? " AppArmor restricts user namespaces on this host: sysctl kernel.apparmor_restrict_unprivileged_userns=0"
                        + " or a profile for crosvm allows them."
                : " If it says that unshare was not permitted: crosvm runs in a chroot, where the kernel allows nobody a user"
                        + " namespace, or in a container that forbids them (for Docker and Podman: --security-opt seccomp=unconfined allows"
                        + " them). For a guest that is trusted: --disable-sandbox.";
    }

    private String value(String sysctl) {
        try {
            return Files.readString(sysctls.resolve(sysctl)).strip();
        } catch (IOException e) {
            return ""; // Not every kernel has every one of them.
        }
    }
}
