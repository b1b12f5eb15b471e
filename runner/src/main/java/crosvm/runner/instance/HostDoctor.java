package crosvm.runner.instance;

import crosvm.vmm.VmmException;
import crosvm.vmm.machine.GuestSpeed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Looks at what every machine needs of the host, and at what some do. Changes nothing. */
public final class HostDoctor {
    /** Real hardware does thousands; an interpreting KVM one or two. */
    private static final long SLOW_MILLIONS_PER_SECOND = 50;

    private final Path root;
    private final String searchPath;

    /**
     * @param root {@code /}, or a stand-in for tests
     * @param searchPath where programs are, folders with colons between them
     */
    public HostDoctor(Path root, String searchPath) {
        this.root = root;
        this.searchPath = searchPath;
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
        findings.add(device("dev/net/tun", "networks by tap", "modprobe tun"));
        findings.add(device("dev/vhost-net", "faster networks by tap", "modprobe vhost_net"));
        findings.add(device("dev/vhost-vsock", "vsock", "modprobe vhost_vsock"));
        findings.add(program("passt", "networks with user: true", "Debian package passt"));
        findings.add(program("virtiofsd", "shares", "Debian package virtiofsd or qemu-system-common"));
        return findings;
    }

    private Finding memory() {
        long available = field("proc/meminfo", "MemAvailable:").orElse(-1L);
        return available < 0
                ? Finding.note("memory", "/proc/meminfo does not say what is available", "")
                : Finding.ok("memory", available / 1024 + " MiB available");
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

    private Finding device(String path, String use, String fix) {
        Path device = root.resolve(path);
        String subject = "/" + path;
        if (!Files.exists(device)) {
            return Finding.note(subject, "does not exist; needed for " + use, fix);
        }
        if (!Files.isReadable(device) || !Files.isWritable(device)) {
            return Finding.note(
                    subject,
                    "you do not have permission to open it; needed for " + use,
                    "add your user to its group:" + " ls -l " + subject);
        }
        return Finding.ok(subject, "opens, for " + use);
    }

    private Finding program(String name, String use, String fix) {
        List<String> folders = new ArrayList<>(List.of(searchPath.split(":")));
        folders.addAll(List.of("usr/libexec", "usr/lib/qemu")); // virtiofsd is on no search path
        for (String folder : folders) {
            if (!folder.isEmpty() && Files.isExecutable(root.resolve(folder).resolve(name))) {
                return Finding.ok(name, root.resolve(folder).resolve(name) + ", for " + use);
            }
        }
        return Finding.note(name, "does not exist; needed for " + use, "install it: " + fix);
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
