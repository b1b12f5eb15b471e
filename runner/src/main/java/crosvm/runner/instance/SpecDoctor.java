package crosvm.runner.instance;

import crosvm.vmm.VmmException;
import crosvm.vmm.device.blk.ImageInUseException;
import crosvm.vmm.graph.CredentialPlan;
import crosvm.vmm.graph.DeviceGraph;
import crosvm.vmm.graph.HostResource;
import crosvm.vmm.graph.PciFunctionPlan;
import crosvm.vmm.machine.Credentials;
import crosvm.vmm.machine.HostLimits;
import crosvm.vmm.machine.MachineLimits;
import crosvm.vmm.module.kind.DeviceModules;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Looks at what one machine takes of the host: files, folders, sockets, locks. Holds nothing afterwards. */
public final class SpecDoctor {
    /** Ports below this one are for root. */
    private static final int FIRST_UNPRIVILEGED_PORT = 1024;

    /** What fits into sockaddr_un beside the terminating zero (unix(7)). */
    private static final int MAX_SOCKET_PATH = 107;

    private SpecDoctor() {}

    /** One finding for each thing it takes by a path. */
    public static List<Finding> look(DeviceGraph graph) {
        return look(graph, null);
    }

    /**
     * The same.
     *
     * @param running a machine whose disks and ports will be free; or null
     */
    static List<Finding> look(DeviceGraph graph, @Nullable DeviceGraph running) {
        List<Finding> findings = new ArrayList<>();
        HostLimits.of(graph).forEach(limit -> findings.add(limit(limit)));
        limits(graph).ifPresent(findings::add);
        findings.addAll(DiskSpace.look(graph));
        Set<String> held = running == null ? Set.of() : held(running);
        for (PciFunctionPlan function : graph.pci()) {
            // An image that has not been pulled yet.
            boolean absent = function.host().stream()
                    .anyMatch(resource -> resource.kind() == HostResource.Kind.FILE && isUnresolved(resource));
            boolean portTaken = function.host().stream()
                    .anyMatch(resource -> resource.kind() == HostResource.Kind.PORT && held.contains(resource.name()));
            boolean fileTaken = function.host().stream()
                    .anyMatch(resource -> resource.kind() != HostResource.Kind.PORT && held.contains(resource.name()));
            Finding finding = portTaken || absent ? null : probe(function, fileTaken);
            if (finding != null) {
                findings.add(finding);
            } else {
                function.host().stream()
                        .filter(resource ->
                                resource.kind() != HostResource.Kind.PORT || !held.contains(resource.name()))
                        .forEach(resource -> add(findings, resource));
            }
        }
        graph.boot().credentials().forEach(credential -> findings.add(credential(credential)));
        Stream.concat(graph.host().stream(), graph.legacy().stream().flatMap(device -> device.host().stream()))
                .forEach(resource -> add(findings, resource));
        return findings;
    }

    private static Finding limit(HostLimits.Look limit) {
        return limit.isEnough()
                ? Finding.ok(limit.subject(), limit.found())
                : Finding.problem(limit.subject(), limit.found(), limit.fix());
    }

    private static Optional<Finding> limits(DeviceGraph graph) {
        String subject = "limits";
        try {
            return Optional.ofNullable(MachineLimits.look(graph))
                    .map(answer -> answer.isPossible()
                            ? Finding.ok(subject, "can be enforced " + answer.found())
                            : Finding.problem(subject, "cannot be enforced: " + answer.found(), answer.fix()));
        } catch (VmmException e) {
            return Optional.of(Finding.problem(subject, e.getMessage(), ""));
        }
    }

    /** What nobody else can have while a machine runs: locked files and ports. */
    private static Set<String> held(DeviceGraph graph) {
        Set<String> held = new HashSet<>();
        graph.pci().stream()
                .flatMap(function -> function.host().stream())
                .filter(resource -> resource.kind() == HostResource.Kind.PORT
                        || resource.access().endsWith("lock"))
                .forEach(resource -> held.add(resource.name()));
        return held;
    }

    /**
     * Opens what the machine would open, where there is more to find out than a look at the path tells, and lets go.
     *
     * @param makesWay whether who has the image locked is the machine that will make way; the file may be gone all the same
     */
    private static @Nullable Finding probe(PciFunctionPlan function, boolean makesWay) {
        String subject = function.title() + " " + function.id();
        try {
            String found = DeviceModules.probe(function);
            return found == null ? null : Finding.ok(subject, found);
        } catch (ImageInUseException e) {
            return makesWay ? null : Finding.problem(subject, e.getMessage(), "");
        } catch (VmmException e) {
            return Finding.problem(subject, e.getMessage(), "");
        }
    }

    private static void add(List<Finding> findings, HostResource resource) {
        boolean unresolved = isUnresolved(resource);
        switch (resource.kind()) {
            case FILE -> {
                if (!unresolved && !resource.access().equals(HostResource.READ_SECRET)) {
                    findings.add(
                            file(Path.of(resource.name()), resource.access().contains("write")));
                }
            }
            case FOLDER -> findings.add(unresolved ? scratch() : folder(Path.of(resource.name())));
            case SOCKET -> {
                if (!unresolved) {
                    findings.add(
                            socket(Path.of(resource.name()), resource.access().startsWith("listen")));
                }
            }
            case DEVICE -> {
                boolean needed = !resource.access().endsWith("if it is there");
                if (needed && !resource.name().equals("/dev/kvm")) { // HostDoctor has tried that one.
                    add(findings, device(Path.of(resource.name())));
                }
            }
            case TAP -> {
                if (!resource.access().startsWith("create")) {
                    findings.add(tap(resource.name()));
                }
            }
            case PORT -> findings.add(port(resource.name()));
            case NETWORK, PROGRAM, TERMINAL, KERNEL -> {} // The host's own matter, or the kernel's.
        }
    }

    /** Whether it is named by a variable, for people: nobody knows yet where it is. */
    private static boolean isUnresolved(HostResource resource) {
        return resource.name().startsWith("$");
    }

    /** Several devices of a machine may need the same; it is told once. */
    private static void add(List<Finding> findings, Finding finding) {
        if (!findings.contains(finding)) {
            findings.add(finding);
        }
    }

    private static Finding device(Path path) {
        String subject = "device " + path;
        if (!Files.exists(path)) {
            String module = path.getFileName().toString().replace('-', '_');
            return Finding.problem(subject, "does not exist, and this machine needs it", "modprobe " + module);
        }
        return Files.isReadable(path) && Files.isWritable(path)
                ? Finding.ok(subject, "can be opened")
                : Finding.problem(
                        subject,
                        "you do not have permission to open it, and this machine needs it",
                        "add your user to its group: ls -l " + path);
    }

    private static Finding tap(String name) {
        String subject = "tap " + name;
        if (!Files.exists(Path.of("/sys/class/net", name))) {
            return Finding.problem(subject, "does not exist", "ip tuntap add " + name + " mode tap user $USER");
        }
        return Files.exists(Path.of("/sys/class/net", name, "tun_flags"))
                ? Finding.ok(subject, "is there")
                : Finding.problem(
                        subject, "is an interface, but not a tap", "name a tap, or create one of another" + " name");
    }

    /** Listens on it as the machine would, on all addresses, and lets go. */
    private static Finding port(String name) {
        String subject = "port " + name;
        int number = Integer.parseInt(name.substring(name.lastIndexOf(' ') + 1));
        try (ServerSocket listener = new ServerSocket()) {
            listener.bind(new InetSocketAddress(number));
            return Finding.ok(subject, "can be listened on");
        } catch (IOException e) {
            return Finding.problem(
                    subject,
                    "cannot be listened on: " + e.getMessage(),
                    number < FIRST_UNPRIVILEGED_PORT
                            ? "use a host port of 1024 or above"
                            : "see who has it: ss -ltnp sport = " + number);
        }
    }

    private static Finding file(Path path, boolean written) {
        String subject = "file " + path;
        if (written) {
            return isWritablePlace(path)
                    ? Finding.ok(subject, "can be written")
                    : Finding.problem(subject, "cannot be written", "choose a file in a folder that you can write to");
        }
        if (!Files.exists(path)) {
            return Finding.problem(subject, "does not exist", "put it there, or correct the spec");
        }
        if (Files.isDirectory(path)) {
            return Finding.problem(subject, "is a folder", "name the file in it");
        }
        return Files.isReadable(path)
                ? Finding.ok(subject, "can be read")
                : Finding.problem(subject, "you do not have permission to read it", "chmod a+r " + path);
    }

    private static boolean isWritablePlace(Path path) {
        Path folder = path.toAbsolutePath().getParent();
        return Files.isRegularFile(path)
                ? Files.isWritable(path)
                : !Files.exists(path) && folder != null && Files.isDirectory(folder) && Files.isWritable(folder);
    }

    private static Finding folder(Path path) {
        String subject = "folder " + path;
        return Files.isDirectory(path)
                ? Finding.ok(subject, "is there")
                : Finding.problem(subject, "is not a folder, or does not exist", "mkdir -p " + path);
    }

    /** Where what is discarded is written meanwhile. */
    private static Finding scratch() {
        String asked = System.getenv("TMPDIR");
        Path path = Path.of(asked == null || asked.isEmpty() ? "/var/tmp" : asked);
        String subject = "folder " + path;
        return Files.isDirectory(path) && Files.isWritable(path)
                ? Finding.ok(subject, "can be written")
                : Finding.problem(
                        subject, "is not a folder that you can write to", "name one with room in the variable TMPDIR");
    }

    private static Finding credential(CredentialPlan credential) {
        String subject = "credential " + credential.name();
        try {
            Credentials.of(System.getenv()).require(credential);
            return Finding.ok(subject, "can be read");
        } catch (VmmException e) {
            return Finding.problem(subject, e.getMessage(), "");
        }
    }

    private static Finding socket(Path path, boolean ours) {
        String subject = "socket " + path;
        int length = path.toString().getBytes(StandardCharsets.UTF_8).length;
        if (length > MAX_SOCKET_PATH) {
            return Finding.problem(
                    subject, "its path has " + length + " bytes; " + MAX_SOCKET_PATH + " fit", "choose a shorter path");
        }
        if (!ours) {
            return Files.exists(path)
                    ? Finding.ok(subject, "is there")
                    : Finding.problem(subject, "does not exist", "start what listens there, or correct the spec");
        }
        Path folder = path.toAbsolutePath().getParent();
        return folder != null && Files.isDirectory(folder) && Files.isWritable(folder)
                ? Finding.ok(subject, "can be made")
                : Finding.problem(subject, "cannot be made", "mkdir -p " + folder);
    }
}
