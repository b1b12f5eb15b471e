package crosvm.runner.instance;

import crosvm.vmm.VmmException;
import crosvm.vmm.cgroup.CgroupHost;
import crosvm.vmm.cgroup.Controller;
import crosvm.vmm.linux.DeviceNode;
import crosvm.vmm.machine.GuestSpeed;
import crosvm.vmm.module.HostNeed;
import crosvm.vmm.module.kind.DeviceModules;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;

/** Looks at what every machine needs of the host, and at what some do. Changes nothing. */
public final class HostDoctor {
    /** Real hardware does thousands; an interpreting KVM one or two. */
    private static final long SLOW_MILLIONS_PER_SECOND = 50;

    private final Path root;
    private final String searchPath;
    private final long wantedMemory;

    /**
     * @param root {@code /}, or a stand-in for tests
     * @param searchPath where programs are, folders with colons between them
     * @param wantedMemory bytes that a machine is to have; 0 when none is asked for
     */
    public HostDoctor(Path root, String searchPath, long wantedMemory) {
        this.root = root;
        this.searchPath = searchPath;
        this.wantedMemory = wantedMemory;
    }

    /** What KVM can do: the one thing that every machine needs. */
    public static Finding kvm() {
        double millions;
        try {
            millions = GuestSpeed.measure() / 1e6;
        } catch (VmmException e) {
            return Finding.problem("KVM", e.getMessage(), "");
        }
        return millions < SLOW_MILLIONS_PER_SECOND
                ? Finding.note(
                        "KVM",
                        "works, but runs guest code at " + String.format("%.1f", millions)
                                + " million instructions a second: it interprets them",
                        "tiny guests run (examples/hello.yaml), Linux hardly does; use a host with hardware"
                                + " virtualization")
                : Finding.ok("KVM", "runs guest code at " + Math.round(millions) + " million instructions a second");
    }

    /** What some machines need. */
    public List<Finding> rest() {
        List<Finding> findings = new ArrayList<>();
        findings.add(memory());
        findings.add(hugePages());
        findings.add(userNamespaces());
        findings.add(limits());
        DeviceModules.all()
                .forEach(module ->
                        module.needs().forEach(need -> findings.add(need.isDevice() ? device(need) : program(need))));
        return findings;
    }

    /** Memory is given as guests touch it, so that a machine that is larger than what is left does start. */
    private Finding memory() {
        long available = field("proc/meminfo", "MemAvailable:").orElse(-1L);
        if (available < 0) {
            return Finding.note("memory", "/proc/meminfo does not say what is available", "");
        }
        String found = available / 1024 + " MiB available";
        return wantedMemory / 1024 <= available
                ? Finding.ok("memory", found)
                : Finding.note(
                        "memory",
                        found + ", and the machine may take " + (wantedMemory >> 20)
                                + " MiB: the host may have to end it",
                        "reduce memory:, or free some");
    }

    /** Guest memory is a memfd, for which Linux gives huge pages only when told to (transhuge.rst, shmem_enabled). */
    private Finding hugePages() {
        String setting = "sys/kernel/mm/transparent_hugepage/shmem_enabled";
        String choice = read(setting);
        return choice.contains("[never]") || choice.contains("[deny]")
                ? Finding.note(
                        "huge pages",
                        "guest memory gets none, so that guests boot and run slower",
                        "echo advise > /" + setting)
                : Finding.ok("huge pages", choice.isEmpty() ? "this kernel has none" : "guest memory may get them");
    }

    /** Kilobytes, in /proc's sense of 1024 bytes. */
    private Optional<Long> field(String file, String name) {
        return read(file)
                .lines()
                .filter(line -> line.startsWith(name))
                .map(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                .findFirst();
    }

    private Finding userNamespaces() {
        String subject = "user namespaces (jails)";
        if (read("proc/sys/user/max_user_namespaces").equals("0")) {
            return Finding.note(subject, "the host allows none", "sysctl user.max_user_namespaces=10000");
        }
        if (read("proc/sys/kernel/unprivileged_userns_clone").equals("0")) {
            return Finding.note(subject, "only for root", "sysctl kernel.unprivileged_userns_clone=1");
        }
        if (read("proc/sys/kernel/apparmor_restrict_unprivileged_userns").equals("1")) {
            return Finding.note(
                    subject, "AppArmor restricts them", "sysctl kernel.apparmor_restrict_unprivileged_userns=0");
        }
        return Finding.ok(subject, "allowed");
    }

    /** The disks' devices, which are not known here, need another controller. */
    private Finding limits() {
        CgroupHost.Answer answer = CgroupHost.under(root, System.getenv())
                .answer(EnumSet.of(Controller.CPU, Controller.MEMORY, Controller.PIDS));
        String subject = "control groups (limits)";
        return answer.isPossible()
                ? Finding.ok(subject, "a machine is limited " + answer.found())
                : Finding.note(subject, "machines with limits do not start: " + answer.found(), answer.fix());
    }

    private Finding device(HostNeed need) {
        Path device = root.resolve(need.name().substring(1));
        if (!Files.exists(device)) {
            return Finding.note(need.name(), "does not exist; needed for " + need.use(), need.remedy());
        }
        if (!Files.isReadable(device) || !Files.isWritable(device)) {
            return Finding.note(
                    need.name(),
                    "you do not have permission to open it; needed for " + need.use(),
                    DeviceNode.accessAdvice(device));
        }
        return Finding.ok(need.name(), "opens, for " + need.use());
    }

    private Finding program(HostNeed need) {
        List<String> folders = new ArrayList<>(List.of(searchPath.split(":")));
        need.folders().forEach(folder -> folders.add(folder.substring(1)));
        for (String folder : folders) {
            Path program = root.resolve(folder).resolve(need.name());
            if (!folder.isEmpty() && Files.isExecutable(program)) {
                return Finding.ok(need.name(), program + ", for " + need.use());
            }
        }
        return Finding.note(need.name(), "does not exist; needed for " + need.use(), need.remedy());
    }

    /** A file's text without blanks around it; empty when it cannot be read. */
    private String read(String path) {
        try {
            return Files.readString(root.resolve(path)).strip();
        } catch (IOException e) {
            return "";
        }
    }
}
