package crosvm.runner.network;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A root of its own for a program that reads what guests send: the host's programs and libraries, which it cannot write, and the
 * network's folder. It has no capability but those over the network's namespace. Where root runs the machines the program is of root's
 * user, to whom every file of the host would be open.
 */
final class ConfinedRoot {
    /** The namespace's first user, which has no groups to give up. */
    static final String USER = "root";

    /**
     * {@code $0} is the network's folder, the rest the command. The flags that a mount of the host has may be locked, and a remount without
     * them be refused, hence nosuid and nodev; what is mounted below a folder can be locked to it, hence rbind. Without bind a remount
     * of the tmpfs would hand its owner's number back, which an ordinary user's namespace does not have. A SIGHUP is for the
     * program, not for the shell, and what it is to read again it then has not read yet.
     */
    private static final String SCRIPT = """
            set -e
            trap '' HUP
            root=$0/root
            mkdir -p "$root"
            mount -t tmpfs -o size=2m,mode=755 root "$root"
            for name in usr lib lib32 lib64 bin sbin nix; do
              if [ -L /$name ]; then cp -P /$name "$root/$name"
              elif [ -d /$name ]; then
                mkdir "$root/$name"
                mount --rbind /$name "$root/$name"
                mount -o remount,bind,ro,nosuid,nodev "$root/$name"
              fi
            done
            mkdir -p "$root/dev" "$root/etc" "$root/old" "$root$0"
            [ ! -e /etc/ld.so.cache ] || cp /etc/ld.so.cache "$root/etc"
            # Whom dnsmasq looks up to stay who it is.
            echo 'root:x:0:0:::' >"$root/etc/passwd"
            # Where umount finds its table, once.
            ln -s old/proc "$root/proc"
            for node in null urandom; do : >"$root/dev/$node"; mount --bind /dev/$node "$root/dev/$node"; done
            mount --bind "$0" "$root$0"
            mount -o remount,bind,ro,nosuid,nodev "$root"
            cd "$root"
            pivot_root . old
            umount -l /old
            cd /
            exec setpriv --no-new-privs --inh-caps=-all --bounding-set=-all,+net_admin,+net_bind_service,+net_raw -- "$@"
            """;

    private ConfinedRoot() {}

    /** The command line that runs a program there; started by the namespace's first user. */
    static List<String> around(NetworkTools tools, Path folder, List<String> program) {
        List<String> command =
                new ArrayList<>(List.of(tools.unshare(), "--mount", "--", "/bin/sh", "-c", SCRIPT, folder.toString()));
        command.addAll(program);
        return command;
    }
}
