package crosvm.vmm.jail;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.vmm.VmmException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UserNamespacesTest {

    @TempDir
    Path sysctls;

    private void set(String sysctl, String value) throws IOException {
        Path file = sysctls.resolve(sysctl);
        Files.createDirectories(file.getParent());
        Files.writeString(file, value + "\n");
    }

    @Test
    void namesTheSysctlThatForbidsThem() throws IOException {
        set("user/max_user_namespaces", "0");
        assertThatThrownBy(() -> new UserNamespaces(sysctls).require())
                .isInstanceOf(VmmException.class)
                .hasMessage(
                        "sandbox: this host forbids user namespaces (user.max_user_namespaces=0), and every jail needs one."
                                + " Allow them: sysctl user.max_user_namespaces=10000; or, for a guest that is trusted, run"
                                + " without jails: --disable-sandbox");
        set("user/max_user_namespaces", "1000");
        set("kernel/unprivileged_userns_clone", "0");
        assertThatThrownBy(() -> new UserNamespaces(sysctls).require())
                .hasMessageContaining("kernel.unprivileged_userns_clone=1");
    }

    @Test
    void isContentWhereNothingForbidsThem() throws IOException {
        assertThatCode(() -> new UserNamespaces(sysctls).require()).doesNotThrowAnyException();
        assertThat(new UserNamespaces(sysctls).suspicion()).contains("chroot");
        set("kernel/apparmor_restrict_unprivileged_userns", "1");
        assertThatCode(() -> new UserNamespaces(sysctls).require()).doesNotThrowAnyException();
        assertThat(new UserNamespaces(sysctls).suspicion()).contains("AppArmor");
    }
}
