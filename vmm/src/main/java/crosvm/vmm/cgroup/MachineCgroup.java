package crosvm.vmm.cgroup;

import crosvm.schema.model.LimitsSpec;
import crosvm.vmm.VmmException;
import crosvm.vmm.linux.AfterOurEnd;
import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.FileSpace;
import crosvm.vmm.linux.OwnProcess;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Puts this process, and with it every process that it starts from then on, into a control group that holds to a machine's limits.
 * The group is removed when the process has ended, whatever ended it: by systemd if it made it, else by a shell outside that
 * waits for our end. Used by one thread, once in a process's life and before it starts any other.
 */
public final class MachineCgroup {
    private static final String PREFIX = "crosvm-";
    private static final long PATIENCE_NANOS = 30_000_000_000L;
    private static final int LOOK_AGAIN_MILLISECONDS = 20;

    /** Ends what is left in the group and removes it, for ten seconds at most. */
    private static final String REMOVE = """
            n=0
            while [ -d "$1" ] && ! rmdir "$1" 2>/dev/null && [ $n -lt 100 ]; do
              echo 1 2>/dev/null >"$1/cgroup.kill"
              sleep 0.1
              n=$((n + 1))
            done
            """;

    private MachineCgroup() {}

    /**
     * Enters the machine's group.
     *
     * @param machine its name
     * @param disks files of the host that its disks are on
     * @param environment of this process
     * @throws VmmException when this host cannot enforce one of the limits, with why and what to do
     */
    public static void enter(String machine, LimitsSpec limits, List<Path> disks, Map<String, String> environment) {
        boolean io = limits.io() != null && limits.io().isPresent();
        CgroupSettings settings = new CgroupSettings(limits, io ? BlockDevices.of(disks) : List.of());
        CgroupHost host = CgroupHost.ofThisProcess(environment);
        CgroupHost.Look look = host.look(Controller.neededBy(limits), settings);
        String name = PREFIX + machine + "-" + OwnProcess.pid();
        switch (look.way()) {
            case NONE ->
                throw new VmmException("limits cannot be enforced here: " + look.found() + ". To change it: "
                        + look.fix() + "; or remove limits");
            case HELD -> {}
            case INSIDE, BELOW -> enter(Objects.requireNonNull(look.group()), name, look.way(), limits, settings);
            case SCOPE -> {
                CgroupFolder before = own();
                SystemdScope.enter(
                        Objects.requireNonNull(host.busctl()),
                        !Objects.requireNonNull(look.group()).path().equals(before.top()),
                        machine,
                        name + ".scope",
                        settings);
                awaitMove(before);
                settings.all().stream()
                        .filter(CgroupSettings.Setting::isOptional)
                        .filter(setting -> own().has(setting.file()))
                        .forEach(setting -> own().write(setting.file(), setting.value()));
            }
        }
        requireHeld(settings, look);
        if (io) {
            disks.forEach(MachineCgroup::forgetPages);
        }
    }

    /**
     * Pages of a disk that were cached before are counted as those of whoever has read or written them first, and what the machine writes to
     * them would not be held to its limits. An image that cannot be opened is told of when its device is made.
     */
    private static void forgetPages(Path disk) {
        if (Files.isRegularFile(disk)) {
            try (Fd file = Fd.open(disk.toString(), Fd.O_RDONLY)) {
                FileSpace.sync(file);
                FileSpace.forget(file);
            } catch (ErrnoException e) {
                return;
            }
        }
    }

    private static void enter(
            CgroupFolder parent, String name, CgroupHost.Way way, LimitsSpec limits, CgroupSettings settings) {
        removeLeft(parent);
        CgroupFolder group = parent.child(name);
        group.make();
        if (way == CgroupHost.Way.BELOW) {
            AfterOurEnd.run(
                    "the remover of " + group.path(),
                    REMOVE,
                    group.path().toString()); // Inside, a second process would keep the group from handing controllers
            // down.
        }
        group.write(CgroupFolder.PROCS, Long.toString(OwnProcess.pid()));
        parent.handDown(Controller.neededBy(limits));
        for (CgroupSettings.Setting setting : settings.all()) {
            if (!setting.isOptional() || group.has(setting.file())) {
                group.write(setting.file(), setting.value());
            }
        }
    }

    /** What was asked for must be so: a limit that is believed in and does not hold is worse than none. */
    private static void requireHeld(CgroupSettings settings, CgroupHost.Look look) {
        List<String> missing = settings.missingIn(own());
        if (!missing.isEmpty()) {
            CgroupFolder asked = look.way() == CgroupHost.Way.SCOPE ? look.group() : null;
            throw new VmmException(
                    notHeld(missing, own(), asked != null && !asked.path().equals(own().top())));
        }
    }

    /** @param isUsersScope whether the user's systemd was to set it, and not the system's */
    static String notHeld(List<String> missing, CgroupFolder group, boolean isUsersScope) {
        String found = "limits: not in force in the control group " + group.path() + ", although set: "
                + String.join(", ", missing) + ". ";
        return isUsersScope
                ? found
                        + "Your user's systemd does not yet know of controllers that were delegated to it while it ran. Run: "
                        + CgroupHost.REEXEC
                : found + "Report it: crosvm doctor";
    }

    private static CgroupFolder own() {
        return Objects.requireNonNull(CgroupFolder.ofThisProcess(Path.of("/")), "it was there before");
    }

    /** systemd answers before it has moved us. */
    private static void awaitMove(CgroupFolder before) {
        long start = System.nanoTime();
        while (own().path().equals(before.path())) {
            if (System.nanoTime() - start > PATIENCE_NANOS) {
                throw new VmmException("limits: systemd has not moved crosvm into its scope within "
                        + PATIENCE_NANOS / 1_000_000_000 + " s");
            }
            try {
                Thread.sleep(LOOK_AGAIN_MILLISECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new VmmException("limits: interrupted", e);
            }
        }
    }

    /** Empty groups of processes that are no more: whoever was to remove them was killed, too. */
    private static void removeLeft(CgroupFolder parent) {
        try (DirectoryStream<Path> groups = Files.newDirectoryStream(parent.path(), PREFIX + "*")) {
            for (Path group : groups) {
                String pid = group.toString().replaceFirst(".*-", "");
                if (pid.matches("[0-9]+") && !Files.exists(Path.of("/proc", pid))) {
                    remove(group);
                }
            }
        } catch (IOException e) {
            return; // Nothing of ours needs it.
        }
    }

    private static void remove(Path group) {
        try {
            Files.delete(group); // rmdir(2), which a group with processes refuses.
        } catch (IOException e) {
            return;
        }
    }
}
