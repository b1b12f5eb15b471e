package crosvm.vmm.cgroup;

import crosvm.schema.model.LimitsSpec;
import crosvm.vmm.linux.OwnProcess;
import crosvm.vmm.linux.jna.LibC;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Finds out how this host lets us limit a machine: not at all, by groups that are ours to divide, or by asking systemd. Changes
 * nothing; any thread.
 */
public final class CgroupHost {
    /** A systemd that runs finds out only by this about controllers that are delegated to it later; nothing that it runs is ended. */
    static final String REEXEC = "systemctl --user daemon-reexec";

    private static final String DELEGATE =
            "as root: mkdir -p /etc/systemd/system/user@.service.d && printf '[Service]\\nDelegate=cpu io memory pids\\n'"
                    + " >/etc/systemd/system/user@.service.d/crosvm.conf && systemctl daemon-reload; then as your user: "
                    + REEXEC;

    private final Path root;
    private final int user;
    private final Map<String, String> environment;

    /** How a group for a machine can be made. */
    enum Way {
        /** What is wanted holds for this process already, as in a container or service with limits. */
        HELD,
        /** In this process's own group, which holds nothing else: a service with Delegate=yes. */
        INSIDE,
        /** In a group that is ours and hands controllers down. */
        BELOW,
        /** A scope of systemd's. */
        SCOPE,
        /** There is none. */
        NONE
    }

    /**
     * What was found.
     *
     * @param group in which the machine's is made for INSIDE and BELOW; whose controllers count for SCOPE; our own for HELD; else
     *     null
     * @param found for a person: how, or why not
     * @param fix what to do about it; empty when nothing is to be done
     */
    record Look(Way way, @Nullable CgroupFolder group, String found, String fix) {}

    /**
     * Looks at a host.
     *
     * @param root {@code /}, or a stand-in for tests
     * @param user the effective user id
     * @param environment says where the user's systemd listens
     */
    public CgroupHost(Path root, int user, Map<String, String> environment) {
        this.root = root;
        this.user = user;
        this.environment = Map.copyOf(environment);
    }

    /** Whether machines can be limited in this way here, and what to do if not: for the doctor. */
    public Answer answer(Set<Controller> wanted) {
        Look look = look(wanted, null);
        return new Answer(look.way() != Way.NONE, look.found(), look.fix());
    }

    /**
     * For a person.
     *
     * @param isPossible whether there is a way
     * @param found which, or why not
     * @param fix what to do; empty when nothing is to be done
     */
    public record Answer(boolean isPossible, String found, String fix) {}

    /** @param settings what may be held already; null for no look at that */
    Look look(Set<Controller> wanted, @Nullable CgroupSettings settings) {
        CgroupFolder own = CgroupFolder.ofThisProcess(root);
        if (own == null) {
            return none(
                    "this host has no cgroup v2 mounted that this process is in",
                    "mount it: mount -t cgroup2 cgroup2" + " /sys/fs/cgroup");
        }
        if (settings != null && settings.missingIn(own).isEmpty()) {
            return new Look(
                    Way.HELD, own, "the control group that crosvm runs in, " + own.path() + ", holds to them", "");
        }
        Set<Controller> here = new CgroupFolder(own.top(), own.top()).controllers();
        if (!Files.exists(own.top().resolve("cgroup.type")) && !here.containsAll(wanted)) {
            return none(
                    "cgroup v2 on this host does not have the controllers " + Controller.words(without(wanted, here))
                            + ": they are switched off, or attached to cgroup v1",
                    "boot the host with systemd.unified_cgroup_hierarchy=1 cgroup_enable=memory");
        }
        if (own.isOurs()
                && !own.isRoot()
                && own.read(CgroupFolder.PROCS).equals(Long.toString(OwnProcess.pid()))
                && own.controllers().containsAll(wanted)) {
            return new Look(Way.INSIDE, own, "in the group of this process, " + own.path(), "");
        }
        CgroupFolder manager = manager(own);
        return manager != null ? scope(manager, wanted) : below(own, wanted);
    }

    private Look scope(CgroupFolder manager, Set<Controller> wanted) {
        Set<Controller> missing = without(wanted, manager.controllers());
        if (!missing.isEmpty()) {
            return none(
                    "systemd does not delegate the controllers " + Controller.words(missing) + " to your user",
                    DELEGATE);
        }
        return new Look(
                Way.SCOPE, manager, user == 0 ? "by a scope of systemd" : "by a scope of your user's systemd", "");
    }

    /** The group of the systemd that we can ask for a scope; null when there is none. */
    private @Nullable CgroupFolder manager(CgroupFolder own) {
        CgroupFolder top = new CgroupFolder(own.top(), own.top());
        if (!Files.isDirectory(root.resolve("run/systemd/system")) || busctl() == null) {
            return null;
        }
        if (user == 0) {
            return top;
        }
        String runtime = Objects.requireNonNullElse(environment.get("XDG_RUNTIME_DIR"), "/run/user/" + user);
        CgroupFolder service =
                top.child("user.slice").child("user-" + user + ".slice").child("user@" + user + ".service");
        boolean listens = Stream.of("bus", "systemd/private")
                .anyMatch(socket ->
                        Files.exists(root.resolve(runtime.substring(1)).resolve(socket)));
        return listens && Files.isDirectory(service.path()) ? service : null;
    }

    /** The program that talks to systemd; null where it is not installed. */
    @Nullable Path busctl() {
        return Stream.of("usr/bin/busctl", "bin/busctl")
                .map(root::resolve)
                .filter(Files::isExecutable)
                .findFirst()
                .orElse(null);
    }

    private Look below(CgroupFolder own, Set<Controller> wanted) {
        List<CgroupFolder> ours =
                own.upwards().stream().filter(CgroupFolder::isOurs).toList();
        for (CgroupFolder group : ours) {
            boolean divisible = group.isRoot()
                    || !group.hasProcesses()
                    || group.handedDown().containsAll(wanted);
            if (divisible && group.controllers().containsAll(wanted)) {
                return new Look(Way.BELOW, group, "in the control group " + group.path(), "");
            }
        }
        if (ours.isEmpty()) {
            return none(
                    "you may not make control groups in " + own.path() + ", and no systemd of your user answers",
                    "log in with a systemd user session (apt install dbus-user-session; loginctl enable-linger), have the group"
                            + " delegated to you (Delegate=yes in a service), or set limits on the container");
        }
        return none(
                "the control group " + ours.get(0).path() + " has processes in it or lacks controllers of: "
                        + Controller.words(wanted),
                "run crosvm in a group of its own: mkdir " + ours.get(0).path() + "/shell && echo $$ >"
                        + ours.get(0).path() + "/shell/cgroup.procs, for every process in it");
    }

    private static Set<Controller> without(Set<Controller> all, Set<Controller> some) {
        Set<Controller> rest = EnumSet.noneOf(Controller.class);
        rest.addAll(all);
        rest.removeAll(some);
        return rest;
    }

    private static Look none(String found, String fix) {
        return new Look(Way.NONE, null, found, fix);
    }

    /** Of the running kernel and this process. */
    public static CgroupHost ofThisProcess(Map<String, String> environment) {
        return new CgroupHost(Path.of("/"), LibC.geteuid(), environment);
    }

    /** Of this process's user, with the files of another root. */
    public static CgroupHost under(Path root, Map<String, String> environment) {
        return new CgroupHost(root, LibC.geteuid(), environment);
    }

    /** Whether these limits can be enforced, with all that the machine's files are on: for the doctor. */
    public Answer answer(LimitsSpec limits, List<Path> disks) {
        boolean io = limits.io() != null && limits.io().isPresent();
        Look look =
                look(Controller.neededBy(limits), new CgroupSettings(limits, io ? BlockDevices.of(disks) : List.of()));
        return new Answer(look.way() != Way.NONE, look.found(), look.fix());
    }
}
