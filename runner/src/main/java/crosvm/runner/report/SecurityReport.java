package crosvm.runner.report;

import crosvm.schema.model.MemorySize;
import crosvm.seccomp.policy.Action;
import crosvm.seccomp.policy.Policy;
import crosvm.seccomp.policy.Rule;
import crosvm.vmm.graph.DeviceGraph;
import crosvm.vmm.graph.HostResource;
import crosvm.vmm.graph.PciFunctionPlan;
import crosvm.vmm.graph.ProcessPlan;
import crosvm.vmm.jail.JailLimits;
import crosvm.vmm.jail.JailPolicy;
import crosvm.vmm.jail.JailShape;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/** The jail table: for each process of a machine, what it is kept in, what it is handed and which system calls it may make. */
public final class SecurityReport {
    private static final int WIDTH = 100;

    private final DeviceGraph graph;
    private final StringBuilder out = new StringBuilder();

    private SecurityReport(DeviceGraph graph) {
        this.graph = graph;
    }

    /**
     * The whole text, ending with a line feed.
     *
     * @throws crosvm.seccomp.policy.PolicyException when a policy cannot be read
     */
    public static String of(DeviceGraph graph) {
        SecurityReport report = new SecurityReport(graph);
        for (ProcessPlan process : graph.processes()) {
            switch (process.kind()) {
                case MAIN -> report.main(process);
                case FOREIGN -> report.foreign(process);
                case JAIL -> report.jail(process);
            }
        }
        return report.out.toString();
    }

    private List<PciFunctionPlan> devices(ProcessPlan process) {
        return graph.pci().stream()
                .filter(function -> process.devices().contains(function.id()))
                .toList();
    }

    private void main(ProcessPlan process) {
        out.append("PROCESS ").append(process.name()).append(": the main process, trusted\n");
        TextTable table = new TextTable();
        row(table, "devices", "vCPUs, interrupts, PCI, the PC platform");
        devices(process)
                .forEach(device ->
                        row(table, "", device.id() + ", on a thread, not jailed: reads the guest's virtqueues"));
        row(table, "user", "who starts it, with all his rights");
        row(table, "namespaces", "none of its own");
        row(table, "system calls", "all that its user can make");
        graph.host().forEach(resource -> row(table, "host", resource.name() + ", " + resource.access()));
        out.append(table);
    }

    private void foreign(ProcessPlan process) {
        out.append("\nPROCESS ")
                .append(process.name())
                .append(": an external program, in the jail that it makes itself\n");
        TextTable table = new TextTable();
        for (PciFunctionPlan device : devices(process)) {
            row(table, "device", device.id() + " (" + device.title() + ")");
            for (HostResource resource : device.host()) {
                row(table, "host", resource.name() + ", " + resource.access());
            }
        }
        received(table);
        out.append(table);
    }

    private void jail(ProcessPlan process) {
        List<PciFunctionPlan> devices = devices(process);
        Policy policy = JailPolicy.load(
                graph.policyDir(),
                "the policies of " + process.name(),
                devices.stream().map(PciFunctionPlan::policy).toList());
        out.append("\nPROCESS ").append(process.name()).append(": jailed\n");
        int queues = devices.stream().mapToInt(device -> device.queues().size()).sum();
        TextTable table = new TextTable();
        devices.forEach(device -> row(table, "device", device.id() + " (" + device.title() + ")"));
        row(table, "user", "a number of this machine alone if started by root, else the starting user; not dumpable");
        row(table, "capabilities", "none, and none can be gained (empty bounding set, no_new_privs)");
        row(table, "namespaces", String.join(" ", JailShape.NAMESPACES) + ", its own");
        row(table, "root", "an empty read-only tmpfs, which is the working folder too");
        row(table, "network", "lo only, and down");
        row(
                table,
                "limits",
                JailShape.maxFiles(devices.size(), queues) + " descriptors, "
                        + JailShape.maxProcesses(devices.size(), queues) + " processes, no core file");
        row(table, "", "writes to files end at " + writable(devices));
        row(
                table,
                "",
                new MemorySize(JailLimits.PRIVATE_BYTES) + " of memory of its own; "
                        + new MemorySize(JailLimits.ADDRESS_BYTES) + " of addresses and twice the guest's memory"
                        + (devices.size() > 1 ? " for each device" : ""));
        List<String> handed = new ArrayList<>(JailShape.DESCRIPTORS);
        devices.forEach(device -> handed.add("vhost-user of " + device.id()));
        devices.forEach(device -> {
            handed.addAll(device.handed());
            handed.add("the counters of " + device.id() + ", to read and write");
        });
        for (int i = 0; i < handed.size(); i++) {
            row(table, "descriptor " + i, handed.get(i));
        }
        received(table);
        row(table, "executable", "its program, and a code cache of 8MiB that can be written, too");
        row(table, "policy", policies(devices));
        row(
                table,
                "forbidden call",
                graph.onViolation() == crosvm.schema.model.OnViolation.KILL
                        ? "logged, and the process killed"
                        : "logged, and carried out anyway");
        calls(table, policy);
        out.append(table);
    }

    private static String writable(List<PciFunctionPlan> devices) {
        String files = devices.stream()
                .map(PciFunctionPlan::writes)
                .filter(Objects::nonNull)
                .distinct()
                .collect(Collectors.joining(", or "));
        return files.isEmpty() ? "the page of its counters" : files;
    }

    private static void received(TextTable table) {
        row(
                table,
                "received",
                "the guest's memory, to read and write; an eventfd for each queue's kick, call and error");
    }

    private String policies(List<PciFunctionPlan> devices) {
        String folder = graph.policyDir() == null ? "" : graph.policyDir() + "/";
        return devices.stream()
                .map(device -> folder + device.policy())
                .distinct()
                .collect(Collectors.joining(", "));
    }

    private static void calls(TextTable table, Policy policy) {
        List<Rule> rules = policy.rules().stream()
                .sorted(Comparator.comparing(rule -> rule.syscall().name()))
                .toList();
        List<String> open = new ArrayList<>();
        List<String> others = new ArrayList<>();
        for (Rule rule : rules) {
            if (!rule.isConditional() && rule.action().equals(Action.ALLOW)) {
                open.add(rule.syscall().name());
            } else {
                others.add(rule.toString());
            }
        }
        wrap(open).forEach(line -> row(table, line.equals(wrap(open).get(0)) ? "may call" : "", line));
        others.forEach(line -> row(table, line.equals(others.get(0)) ? "on conditions" : "", line));
    }

    private static List<String> wrap(List<String> words) {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        for (String word : words) {
            if (line.length() + word.length() + 1 > WIDTH) {
                lines.add(line.toString());
                line.setLength(0);
            }
            line.append(line.isEmpty() ? "" : " ").append(word);
        }
        lines.add(line.toString());
        return lines;
    }

    private static void row(TextTable table, String what, String value) {
        table.row("  " + what, value);
    }
}
