package crosvm.vmm.jail;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The command lines that build a jail. A running JVM cannot give up its threads' capabilities or move its threads into
 * namespaces, so all of that happens before it starts: the JVM never holds a capability in any set. What it needs of the file
 * system it reads while it warms up; then the root is taken away from outside.
 *
 * @param tools where the programs are
 * @param user whom the jail's program becomes first; null when it stays who the starter is
 */
record JailCommands(JailTools tools, @Nullable JailUser user) {

    /**
     * A program in new user, mount, net, ipc, uts and pid namespaces, as their user 0, with no capability in any set, an
     * empty bounding set and no_new_privs, bound to die with the thread that starts it.
     *
     * @param files what the program is made of
     * @param limits by which it may have so many descriptors and tasks
     */
    List<String> launch(List<String> program, ProgramFiles files, JailLimits limits) {
        List<String> line = new ArrayList<>(showing(files));
        line.addAll(asUser());
        line.addAll(List.of(tools.unshare(), "--user", "--map-root-user", "--mount", "--net", "--ipc", "--uts", "--"));
        // After the user namespace: entering one clears the parent-death signal.
        line.addAll(List.of(tools.setpriv(), "--pdeathsig", "KILL", "--"));
        line.addAll(List.of(tools.prlimit(), "--core=0"));
        line.addAll(JailShape.counts(limits));
        line.add("--");
        // A pid namespace holds only what is forked into it: this unshare stays outside, waits, and takes the jail
        // along.
        line.addAll(List.of(tools.unshare(), "--pid", "--fork", "--kill-child", "--"));
        line.addAll(List.of(
                tools.setpriv(),
                "--no-new-privs",
                "--bounding-set=-all",
                "--inh-caps=-all",
                "--ambient-caps=-all",
                "--"));
        line.addAll(program);
        return line;
    }

    /**
     * What limits a jail and takes the file system away from it, in order. The first mounts an empty read-only tmpfs and makes it the root;
     * with both arguments of pivot_root the same the old root stays stacked on top, where a process that enters the mount
     * namespace anew still finds it. The second does, and detaches it.
     *
     * @param pid the process that {@link #launch} started
     * @param jailed the jailed process itself
     * @param limits of it from then on
     */
    List<List<String>> takeRootAway(int pid, int jailed, JailLimits limits) {
        String pivot = tools.prlimit() + " --pid " + jailed + " " + String.join(" ", limits.options()) + " && "
                + tools.mount() + " -t tmpfs -o ro,nosuid,nodev,noexec,size=4k,nr_inodes=2,mode=555 jail /tmp"
                + " && cd /tmp && " + tools.pivotRoot() + " . .";
        return List.of(inside(pid, tools.shell(), "-c", pivot), inside(pid, tools.umount(), "-l", "/"));
    }

    /** Makes a user namespace and does nothing in it. */
    List<String> namespace() {
        List<String> line = new ArrayList<>(asUser());
        line.addAll(List.of(tools.unshare(), "--user", "--map-root-user", "--", tools.shell(), "-c", ":"));
        return line;
    }

    /** Changes how far the jailed process may write into a file. */
    List<String> limitFiles(int jailed, long bytes) {
        List<String> line = new ArrayList<>(asUser());
        line.addAll(List.of(tools.prlimit(), "--pid", Integer.toString(jailed), JailLimits.fileOption(bytes)));
        return line;
    }

    private List<String> inside(int pid, String... command) {
        List<String> line = new ArrayList<>(asUser());
        line.addAll(List.of(
                tools.nsenter(),
                "--target",
                Integer.toString(pid),
                "--user",
                "--mount",
                "--preserve-credentials",
                "--"));
        line.addAll(List.of(command));
        return line;
    }

    private List<String> asUser() {
        return user == null
                ? List.of()
                : List.of(tools.setpriv(), "--reuid=" + user.id(), "--regid=" + user.id(), "--clear-groups", "--");
    }

    /** Nobody needs to be shown what he can read as the starter. */
    private List<String> showing(ProgramFiles files) {
        String script = user == null ? "" : files.showing(tools);
        return script.isEmpty()
                ? List.of()
                : List.of(tools.unshare(), "--mount", "--", tools.shell(), "-c", script + " && exec \"$@\"", "jail");
    }
}
