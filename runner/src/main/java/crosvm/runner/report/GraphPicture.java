package crosvm.runner.report;

import crosvm.runner.report.Picture.Style;
import crosvm.vmm.graph.BootPlan;
import crosvm.vmm.graph.DeviceGraph;
import crosvm.vmm.graph.HostResource;
import crosvm.vmm.graph.LegacyDevice;
import crosvm.vmm.graph.PciFunctionPlan;
import crosvm.vmm.graph.ProcessPlan;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/** What a picture of a device graph shows: processes with devices in them, and what these take of the host. */
final class GraphPicture {
    private static final String MAIN = "process vmm";
    private static final String GUEST = "guest";
    private static final String BUS = "pci";
    private static final String PLATFORM = "platform";
    private static final String HOST = "host";
    private static final String HOST_OF_MACHINE = "host of the machine";
    private static final int MAX_LABEL = 44;

    private final DeviceGraph graph;
    private final Picture picture;

    private GraphPicture(DeviceGraph graph) {
        this.graph = graph;
        this.picture = new Picture(graph.name());
    }

    static Picture of(DeviceGraph graph) {
        GraphPicture maker = new GraphPicture(graph);
        maker.processes();
        maker.guest();
        maker.platform();
        maker.pci();
        return maker.picture;
    }

    private void processes() {
        for (ProcessPlan process : graph.processes()) {
            switch (process.kind()) {
                case MAIN -> picture.box(MAIN, "", Style.MAIN, "crosvm, main process", List.of());
                case JAIL -> picture.box(idOf(process), "", Style.JAIL, "jailed process " + process.name(), List.of());
                case FOREIGN ->
                    picture.box(
                            idOf(process), "", Style.FOREIGN, programOf(process) + " for " + process.name(), List.of());
            }
        }
        picture.box(HOST, "", Style.HOST, "host, for devices", List.of());
    }

    private String programOf(ProcessPlan process) {
        return graph.pci().stream()
                .filter(function -> process.devices().contains(function.id()))
                .map(PciFunctionPlan::program)
                .findFirst()
                .orElseThrow();
    }

    private static String idOf(ProcessPlan process) {
        return "process " + process.name();
    }

    private void guest() {
        BootPlan boot = graph.boot();
        List<String> lines = new ArrayList<>();
        lines.add(graph.vcpus() + (graph.vcpus() == 1 ? " vCPU, " : " vCPUs, ") + Sizes.text(graph.memoryBytes())
                + " RAM");
        lines.add("kernel: "
                + (boot.image() == null
                        ? "built-in " + GraphTable.word(Objects.requireNonNull(boot.builtin()))
                        : boot.image().getFileName()));
        lines.addAll(wrapped(boot.commandLine()));
        picture.box(GUEST, MAIN, Style.GUEST, "guest " + graph.name(), lines);
        graph.host().forEach(this::give);
    }

    private void platform() {
        String quiet = graph.legacy().stream()
                .filter(device -> device.host().isEmpty())
                .map(LegacyDevice::id)
                .collect(Collectors.joining(" "));
        picture.box(PLATFORM, MAIN, Style.PLATFORM, "PC platform", wrapped(quiet));
        picture.arrow(GUEST, PLATFORM);
        for (LegacyDevice device : graph.legacy()) {
            if (!device.host().isEmpty()) {
                String ports =
                        "port 0x" + Integer.toHexString(device.ports().get(0).first()) + ", GSI " + device.gsi();
                picture.box(device.id(), MAIN, Style.PLATFORM, device.id(), List.of(ports));
                picture.arrow(GUEST, device.id());
                device.host().forEach(resource -> take(device.id(), resource));
            }
        }
    }

    private void pci() {
        if (graph.pci().isEmpty()) {
            return;
        }
        picture.box(BUS, MAIN, Style.BUS, "PCI bus", List.of("00:00.0 host bridge"));
        picture.arrow(GUEST, BUS);
        for (ProcessPlan process : graph.processes()) {
            for (PciFunctionPlan function : graph.pci()) {
                if (process.devices().contains(function.id())) {
                    device(process, function);
                }
            }
        }
    }

    private void device(ProcessPlan process, PciFunctionPlan function) {
        String id = "device " + function.id();
        int last = function.msix().firstGsi() + function.msix().vectors() - 1;
        List<String> lines = new ArrayList<>();
        lines.add(function.address() + ", GSI " + function.intxGsi() + ", MSI-X "
                + function.msix().firstGsi() + "-" + last);
        lines.addAll(wrapped(function.queues().stream().map(q -> q.name()).collect(Collectors.joining(" "))));
        if (process.kind() == ProcessPlan.Kind.JAIL) {
            lines.add(function.policy());
        }
        picture.box(id, idOf(process), Style.DEVICE, titleOf(function), lines);
        picture.arrow(BUS, id);
        function.host().forEach(resource -> take(id, resource));
    }

    private static String titleOf(PciFunctionPlan function) {
        String title = function.title();
        boolean same =
                title.equalsIgnoreCase(function.id()) || function.kind().word().equals(function.id());
        return same ? title : title + " " + function.id();
    }

    /** What the machine as a whole takes stands at its own side, or the lines would cross those of all devices. */
    private void give(HostResource resource) {
        picture.box(HOST_OF_MACHINE, "", Style.HOST, "host, for the machine", List.of());
        picture.arrow(box(HOST_OF_MACHINE, resource), GUEST);
    }

    private void take(String owner, HostResource resource) {
        picture.arrow(owner, box(HOST, resource));
    }

    private String box(String host, HostResource resource) {
        String id = host + " " + resource.kind() + " " + resource.name();
        String kind = GraphTable.word(resource.kind());
        List<String> lines = resource.name().equals(kind) ? List.of() : shortened(resource.name());
        picture.box(id, host, Style.RESOURCE, kind, lines);
        return id;
    }

    /** The end of a long path says more than its start. */
    private static List<String> shortened(String name) {
        return List.of(name.length() <= MAX_LABEL ? name : "..." + name.substring(name.length() - MAX_LABEL + 3));
    }

    private static List<String> wrapped(String text) {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        for (String word : text.split(" ")) {
            if (line.length() > 0 && line.length() + 1 + word.length() > MAX_LABEL) {
                lines.add(line.toString());
                line.setLength(0);
            }
            line.append(line.length() == 0 ? "" : " ").append(word);
        }
        lines.add(line.toString());
        return lines;
    }
}
