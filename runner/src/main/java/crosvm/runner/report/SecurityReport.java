package crosvm.runner.report;

import crosvm.schema.json.Json;
import crosvm.schema.model.EnumWord;
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
import crosvm.vmm.storage.StorageDaemon;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/** The jail table: for each process of a machine, what it is kept in, what it is handed and which system calls it may make. */
public final class SecurityReport {
    private static final int WIDTH = 100;
    private static final String MAY_CALL = "may call";

    private final DeviceGraph graph;
    private final List<Section> sections = new ArrayList<>();

    /** A line of a section; one without a label continues the one before. */
    private record Row(String label, String value) {}

    /** What is said of a process. */
    private record Section(ProcessPlan process, String title, List<Row> rows) {
        void row(String label, String value) {
            rows.add(new Row(label, value));
        }
    }

    private SecurityReport(DeviceGraph graph) {
        this.graph = graph;
    }

    private static SecurityReport about(DeviceGraph graph) {
        SecurityReport report = new SecurityReport(graph);
        for (ProcessPlan process : graph.processes()) {
            switch (process.kind()) {
                case MAIN -> report.main(process);
                case FOREIGN -> report.foreign(process);
                case JAIL -> report.jail(process);
            }
        }
        return report;
    }

    /**
     * The whole text, ending with a line feed.
     *
     * @throws crosvm.seccomp.policy.PolicyException when a policy cannot be read
     */
    public static String of(DeviceGraph graph) {
        StringBuilder out = new StringBuilder();
        for (Section section : about(graph).sections) {
            TextTable table = new TextTable();
            section.rows().forEach(row -> table.row("  " + row.label(), row.value()));
            out.append(out.isEmpty() ? "" : "\n")
                    .append("PROCESS ")
                    .append(section.process().name())
                    .append(": ")
                    .append(section.title())
                    .append('\n')
                    .append(table);
        }
        return out.toString();
    }

    /**
     * The same for programs: an object for each process, with a list of texts for each label; system calls one by one.
     *
     * @throws crosvm.seccomp.policy.PolicyException when a policy cannot be read
     */
    public static String json(DeviceGraph graph) {
        List<Map<String, Object>> list = new ArrayList<>();
        for (Section section : about(graph).sections) {
            Map<String, Object> process = new LinkedHashMap<>();
            process.put("process", section.process().name());
            process.put("kind", EnumWord.of(section.process().kind()));
            Map<String, List<String>> facts = new LinkedHashMap<>();
            String label = "";
            for (Row row : section.rows()) {
                label = row.label().isEmpty() ? label : row.label();
                facts.computeIfAbsent(label, l -> new ArrayList<>())
                        .addAll(label.equals(MAY_CALL) ? List.of(row.value().split(" ")) : List.of(row.value()));
            }
            process.put("facts", facts);
            list.add(process);
        }
        return Json.pretty(list);
    }

    private Section section(ProcessPlan process, String title) {
        Section section = new Section(process, title, new ArrayList<>());
        sections.add(section);
        return section;
    }

    private List<PciFunctionPlan> devices(ProcessPlan process) {
        return graph.pci().stream()
                .filter(function -> process.devices().contains(function.id()))
                .toList();
    }

    private void main(ProcessPlan process) {
        Section table = section(process, "the main process, trusted");
        table.row("devices", "vCPUs, interrupts, PCI, the PC platform");
        devices(process)
                .forEach(device ->
                        table.row("", device.id() + ", on a thread, not jailed: reads the guest's virtqueues"));
        limits(table);
        table.row("user", "who starts it, with all his rights");
        table.row("namespaces", "none of its own");
        table.row("system calls", "all that its user can make");
        graph.host().forEach(resource -> table.row("host", resource.name() + ", " + resource.access()));
    }

    private void foreign(ProcessPlan process) {
        Section table = section(process, "an external program, in the jail that it makes itself");
        for (PciFunctionPlan device : devices(process)) {
            table.row("device", device.id() + " (" + device.title() + ")");
            for (HostResource resource : device.host()) {
                table.row("host", resource.name() + ", " + resource.access());
            }
        }
        received(table);
    }

    /** The machine's control group, which all its processes are in. */
    private void limits(Section table) {
        if (graph.limits() != null) {
            table.row("shared limits", LimitsText.of(graph.limits()) + ", for all processes of the machine together");
        }
    }

    private void jail(ProcessPlan process) {
        List<PciFunctionPlan> devices = devices(process);
        Policy policy = JailPolicy.load(
                graph.policyDir(),
                "the policies of " + process.name(),
                devices.stream().map(PciFunctionPlan::policy).toList());
        int queues = devices.stream().mapToInt(device -> device.queues().size()).sum();
        int held = devices.stream().mapToInt(PciFunctionPlan::heldDescriptors).sum();
        Section table = section(process, "jailed");
        devices.forEach(device -> table.row("device", device.id() + " (" + device.title() + ")"));
        boolean ours = devices.stream().allMatch(device -> device.program() == null);
        devices.stream()
                .map(PciFunctionPlan::program)
                .filter(Objects::nonNull)
                .forEach(program -> table.row("program", program + ", an external program"));
        table.row(
                "user",
                "a number of this machine alone if started by root, else the starting user"
                        + (ours ? "; not dumpable" : ""));
        table.row("capabilities", "none, and none can be gained (empty bounding set, no_new_privs)");
        table.row("namespaces", String.join(" ", JailShape.NAMESPACES) + ", its own");
        table.row("root", "an empty read-only tmpfs, which is the working folder too");
        table.row("network", "lo only, and down");
        table.row(
                "limits",
                JailShape.maxFiles(devices.size(), queues, held) + " descriptors, "
                        + JailShape.maxProcesses(devices.size(), queues) + " processes, no core file");
        table.row("", "writes to files end at " + writable(devices));
        table.row(
                "",
                new MemorySize(ours ? JailLimits.PRIVATE_BYTES : StorageDaemon.PRIVATE_BYTES)
                        + " of memory of its own; " + new MemorySize(JailLimits.ADDRESS_BYTES)
                        + " of addresses and twice the guest's memory"
                        + (devices.size() > 1 ? " for each device" : ""));
        List<String> handed = new ArrayList<>(JailShape.DESCRIPTORS);
        if (ours) {
            devices.forEach(device -> handed.add("vhost-user of " + device.id()));
        }
        devices.forEach(device -> {
            handed.addAll(device.handed());
            handed.add(
                    ours
                            ? "the counters of " + device.id() + ", to read and write"
                            : "vhost-user of " + device.id() + ", a listening socket that has lost its path");
        });
        for (int i = 0; i < handed.size(); i++) {
            table.row("descriptor " + i, handed.get(i));
        }
        received(table);
        if (ours) {
            table.row("executable", "its program, and a code cache of 8MiB that can be written, too");
        } else {
            devices.forEach(device -> device.host().stream()
                    .filter(resource -> resource.kind() != HostResource.Kind.PROGRAM)
                    .forEach(resource -> table.row(
                            "opened for it", resource.name() + ", " + resource.access() + ", when it asks for it")));
            table.row("executable", "its program and libraries");
        }
        table.row("policy", policies(devices));
        table.row(
                "forbidden call",
                graph.onViolation() == crosvm.schema.model.OnViolation.KILL
                        ? "logged, and the process killed"
                        : "logged, and carried out anyway");
        calls(table, policy);
    }

    private static String writable(List<PciFunctionPlan> devices) {
        String files = devices.stream()
                .map(PciFunctionPlan::writes)
                .filter(Objects::nonNull)
                .distinct()
                .collect(Collectors.joining(", or "));
        return files.isEmpty() ? "the page of its counters" : files;
    }

    private static void received(Section table) {
        table.row(
                "received", "the guest's memory, to read and write; an eventfd for each queue's kick, call and error");
    }

    private String policies(List<PciFunctionPlan> devices) {
        String folder = graph.policyDir() == null ? "" : graph.policyDir() + "/";
        return devices.stream()
                .map(device -> folder + device.policy())
                .distinct()
                .collect(Collectors.joining(", "));
    }

    private static void calls(Section table, Policy policy) {
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
        wrap(open).forEach(line -> table.row(line.equals(wrap(open).get(0)) ? MAY_CALL : "", line));
        others.forEach(line -> table.row(line.equals(others.get(0)) ? "on conditions" : "", line));
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
}
