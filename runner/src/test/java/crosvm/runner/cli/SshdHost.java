package crosvm.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;

/**
 * Another host, by the real ssh and sshd, without a port: ssh's ProxyCommand is an sshd that serves it alone. The other host is this one
 * with folders of its own, {@code there} in the folder of the test; commands are given in {@code here}.
 */
final class SshdHost {
    private static final String SETUP = """
            set -e
            [ "$(id -u)" != 0 ] || mkdir -p /run/sshd
            mkdir -p there/bin there/run there/state there/cache bin here
            ssh-keygen -q -t ed25519 -N '' -f host_key
            ssh-keygen -q -t ed25519 -N '' -f key
            cat >sshd_config <<X
            HostKey $PWD/host_key
            AuthorizedKeysFile $PWD/key.pub
            StrictModes no
            UsePAM no
            PidFile none
            PermitRootLogin yes
            PasswordAuthentication no
            KbdInteractiveAuthentication no
            SetEnv HOME=$PWD/there PATH=$PWD/there/bin:/usr/bin:/bin JAVA_HOME=$JAVA_HOME XDG_RUNTIME_DIR=$PWD/there/run XDG_STATE_HOME=$PWD/there/state XDG_CACHE_HOME=$PWD/there/cache TMPDIR=$PWD/there LC_ALL=C.UTF-8
            X
            cat >ssh_config <<X
            Host there
            ProxyCommand $(command -v sshd || echo /usr/sbin/sshd) -i -f $PWD/sshd_config -E $PWD/sshd.log
            IdentityFile $PWD/key
            IdentitiesOnly yes
            IdentityAgent none
            UserKnownHostsFile $PWD/known
            StrictHostKeyChecking accept-new
            X
            printf '#!/bin/sh\\nexec /usr/bin/ssh -F %s "$@"\\n' "$PWD/ssh_config" >bin/ssh
            printf '#!/bin/sh\\necho $$ >%s; echo "$@" >>%s\\nPATH=%s:$PATH exec %s "$@"\\n' "$PWD/pid" "$PWD/argv" "$PWD/there/bin" "$crosvm" >there/bin/crosvm
            chmod +x bin/ssh there/bin/crosvm""";

    private final Path folder;

    SshdHost(Path folder) throws Exception {
        this.folder = folder;
        Program.Result result = Program.script(folder, SETUP);
        assertThat(result.status()).as(result.err()).isZero();
    }

    /** Where commands are given. */
    Path here() {
        return folder.resolve("here");
    }

    /** The other host's {@code XDG_RUNTIME_DIR}. */
    Path runtime() {
        return folder.resolve("there/run");
    }

    Program.Result script(String script) throws Exception {
        return Program.script(
                here(),
                Map.of(
                        "PATH",
                        folder.resolve("bin") + ":" + System.getenv("PATH"),
                        "TMPDIR",
                        folder.toString(),
                        "MACHINE",
                        "web",
                        "CROSVM_HOST",
                        "ssh://" + System.getProperty("user.name") + "@there:22"),
                script);
    }
}
