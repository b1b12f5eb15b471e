package crosvm.runner.report;

import crosvm.schema.model.EnumWord;
import crosvm.schema.model.Placement;
import crosvm.vmm.graph.AddressRange;
import crosvm.vmm.graph.Bar;
import crosvm.vmm.graph.BootPlan;
import crosvm.vmm.graph.CredentialPlan;
import crosvm.vmm.graph.DeviceGraph;
import crosvm.vmm.graph.HostResource;
import crosvm.vmm.graph.LegacyDevice;
import crosvm.vmm.graph.PciFunctionPlan;
import crosvm.vmm.graph.ProcessPlan;
import crosvm.vmm.graph.QueuePlan;
import crosvm.vmm.graph.ReadinessPlan;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/** A device graph as text in columns. */
public final class GraphTable {
    private final StringBuilder out = new StringBuilder();

    private final int width;

    private GraphTable(int width) {
        this.width = width;
    }

    /** The whole text in lines as long as they are, ending with a line feed. */
    public static String of(DeviceGraph graph) {
        return of(graph, Integer.MAX_VALUE);
    }

    /**
     * The same.
     *
     * @param width in characters, within which cells are folded as far as their words allow
     */
    public static String of(DeviceGraph graph, int width) {
        GraphTable table = new GraphTable(width);
        table.machine(graph);
        table.memory(graph);
        table.legacy(graph);
        table.pci(graph);
        table.processes(graph);
        table.host(graph);
        return table.out.toString();
    }

    private void machine(DeviceGraph graph) {
        BootPlan boot = graph.boot();
        TextTable table = new TextTable();
        table.row("machine", graph.name());
        table.row("vCPUs", String.valueOf(graph.vcpus()));
        table.row("memory", Sizes.text(graph.memoryBytes()));
        table.row(
                "kernel",
                boot.image() == null
                        ? "built-in " + word(Objects.requireNonNull(boot.builtin()))
                        : boot.image().toString());
        if (boot.initrd() != null) {
            table.row("initrd", boot.initrd().toString());
        }
        table.row("cmdline", boot.commandLine());
        if (!boot.credentials().isEmpty()) {
            table.row(
                    "credentials",
                    boot.credentials().stream().map(CredentialPlan::name).collect(Collectors.joining(" ")));
        }
        table.row("restart", word(graph.restart()));
        if (graph.limits() != null) {
            table.row("limits", LimitsText.of(graph.limits()));
        }
        ReadinessPlan readiness = graph.readiness();
        if (readiness != null && readiness.ready() != null) {
            table.row("ready", readiness.ready() + ", within " + readiness.withinSeconds() + " s");
        }
        if (readiness != null && readiness.health() != null) {
            table.row(
                    "health",
                    readiness.health() + ", every " + readiness.intervalSeconds() + " s, unhealthy after "
                            + readiness.retries() + " failures");
        }
        out.append(table.folded(width));
    }

    private void memory(DeviceGraph graph) {
        TextTable table = heading("ADDRESSES", "FIRST", "LAST", "SIZE", "WHAT");
        for (AddressRange range : graph.addresses()) {
            table.row("", hex(range.address()), hex(range.end() - 1), Sizes.text(range.size()), word(range.kind()));
        }
        out.append(table.folded(width));
    }

    private void legacy(DeviceGraph graph) {
        TextTable table = heading("PLATFORM", "DEVICE", "PORTS", "GSI", "LEADS TO");
        for (LegacyDevice device : graph.legacy()) {
            table.row(
                    "",
                    device.id(),
                    device.ports().stream().map(GraphTable::ports).collect(Collectors.joining(" ")),
                    device.gsi() < 0 ? "-" : String.valueOf(device.gsi()),
                    device.port() == null ? "" : leadsTo(device));
        }
        out.append(table.folded(width));
    }

    private static String leadsTo(LegacyDevice device) {
        return device.host().isEmpty() ? "nowhere" : names(device.host());
    }

    private void pci(DeviceGraph graph) {
        TextTable table =
                heading("PCI", "BDF", "DEVICE", "KIND", "ID", "BAR", "INTX", "MSI-X", "QUEUES", "RUNS IN", "POLICY");
        table.row("", "00:00.0", "host bridge", "", "", "", "", "", "", "", "");
        for (PciFunctionPlan f : graph.pci()) {
            table.row(
                    "",
                    f.address().toString(),
                    f.id(),
                    f.kind().word(),
                    String.format("%04x:%04x", PciFunctionPlan.VENDOR, f.deviceId()),
                    f.bars().stream().map(GraphTable::bar).collect(Collectors.joining(" ")),
                    "GSI " + f.intxGsi(),
                    f.msix().firstGsi() + "-" + (f.msix().firstGsi() + f.msix().vectors() - 1),
                    queues(f.queues()),
                    f.placement() == Placement.THREAD ? "thread" : "process",
                    f.policy().isEmpty() ? "-" : f.policy());
        }
        out.append(table.folded(width));
    }

    private static String queues(List<QueuePlan> queues) {
        return queues.stream().map(q -> q.name() + ":" + q.size()).collect(Collectors.joining(" "));
    }

    private void processes(DeviceGraph graph) {
        TextTable table = heading("PROCESSES", "NAME", "KIND", "DEVICES");
        for (ProcessPlan process : graph.processes()) {
            table.row("", process.name(), word(process.kind()), String.join(" ", process.devices()));
        }
        out.append(table.folded(width));
        if (graph.processes().stream().noneMatch(process -> process.kind() == ProcessPlan.Kind.JAIL)) {
            return; // No policy is in force.
        }
        out.append("  forbidden system call: ").append(word(graph.onViolation()));
        out.append("; lost device process: ").append(word(graph.onFailure()));
        out.append("; policies: ").append(graph.policyDir() == null ? "built-in" : graph.policyDir());
        out.append('\n');
    }

    private void host(DeviceGraph graph) {
        TextTable table = heading("HOST", "FOR", "WHAT", "NAME", "ACCESS");
        graph.host().forEach(resource -> hostRow(table, "machine", resource));
        graph.legacy().forEach(d -> d.host().forEach(resource -> hostRow(table, d.id(), resource)));
        graph.pci().forEach(f -> f.host().forEach(resource -> hostRow(table, f.id(), resource)));
        out.append(table.folded(width));
    }

    private static void hostRow(TextTable table, String owner, HostResource resource) {
        table.row("", owner, word(resource.kind()), resource.name(), resource.access());
    }

    private TextTable heading(String title, String... columns) {
        out.append('\n').append(title).append('\n');
        TextTable table = new TextTable();
        String[] cells = new String[columns.length + 1];
        cells[0] = "";
        System.arraycopy(columns, 0, cells, 1, columns.length);
        table.row(cells);
        return table;
    }

    private static String ports(LegacyDevice.PortRange range) {
        String first = "0x" + Integer.toHexString(range.first());
        return range.count() == 1 ? first : first + "-0x" + Integer.toHexString(range.first() + range.count() - 1);
    }

    private static String bar(Bar bar) {
        return bar.index() + "=" + hex(bar.address()) + "+" + Sizes.text(bar.size());
    }

    private static String names(List<HostResource> host) {
        return host.stream().map(HostResource::name).collect(Collectors.joining(" "));
    }

    private static String hex(long value) {
        return "0x" + Long.toHexString(value);
    }

    static String word(Enum<?> constant) {
        return EnumWord.of(constant).replace('-', ' ');
    }
}
