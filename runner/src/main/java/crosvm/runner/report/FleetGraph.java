package crosvm.runner.report;

import crosvm.runner.report.Picture.Style;
import crosvm.schema.json.Json;
import crosvm.schema.model.Dependency;
import crosvm.schema.model.EnumWord;
import crosvm.vmm.graph.DeviceGraph;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The machines of a fleet and what they need of each other: as a table or JSON with each machine's devices, as a picture of the
 * machines. Immutable.
 *
 * @param name the fleet's
 * @param networks the networks between them by their names, and what there is to say of each, for people
 * @param nodes the machines in the order in which they are started
 */
public record FleetGraph(String name, Map<String, String> networks, List<Node> nodes) {
    private static final String NETWORK = "network ";

    /** Copies both. */
    public FleetGraph {
        networks = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(networks));
        nodes = List.copyOf(nodes);
    }

    /**
     * One machine.
     *
     * @param name its name in the file
     * @param graph its devices
     * @param addresses its addresses by the networks that it is on
     * @param needs the names of the machines that it depends on, and how far they must be
     */
    public record Node(String name, DeviceGraph graph, Map<String, String> addresses, Map<String, Dependency> needs) {}

    /** Each machine's table behind the other, below its name. */
    public String toTable(int width) {
        StringBuilder out = new StringBuilder();
        networks.forEach((network, text) ->
                out.append("network ").append(network).append(": ").append(text).append('\n'));
        for (Node node : nodes) {
            out.append(out.isEmpty() ? "" : "\n").append(node.name()).append(":");
            node.needs()
                    .forEach((needed, how) ->
                            out.append(" after ").append(needed).append(" is ").append(EnumWord.of(how)));
            node.addresses()
                    .forEach((network, address) ->
                            out.append(" on ").append(network).append(address.isEmpty() ? "" : " at " + address));
            out.append('\n').append(GraphTable.of(node.graph(), width));
        }
        return out.toString();
    }

    /** Indented text, ending with a line feed. */
    public String toJson() {
        Map<String, Object> machines = new LinkedHashMap<>();
        for (Node node : nodes) {
            Map<String, Object> needs = new LinkedHashMap<>();
            node.needs().forEach((needed, how) -> needs.put(needed, EnumWord.of(how)));
            Map<String, Object> machine = new LinkedHashMap<>();
            machine.put("dependsOn", needs);
            if (!node.addresses().isEmpty()) {
                machine.put("addresses", node.addresses());
            }
            machine.put("graph", GraphJson.toMap(node.graph()));
            machines.put(node.name(), machine);
        }
        Map<String, Object> fleet = new LinkedHashMap<>();
        fleet.put("fleet", name);
        if (!networks.isEmpty()) {
            fleet.put("networks", networks);
        }
        fleet.put("machines", machines);
        return Json.pretty(fleet);
    }

    /** For Graphviz. */
    public String toDot() {
        return GraphDot.of(picture());
    }

    /** A self-contained picture. */
    public String toSvg() {
        return GraphSvg.of(picture());
    }

    private Picture picture() {
        Picture picture = new Picture(name);
        for (Node node : nodes) {
            DeviceGraph graph = node.graph();
            List<String> lines = new ArrayList<>();
            lines.add(graph.vcpus() + (graph.vcpus() == 1 ? " vCPU, " : " vCPUs, ") + Sizes.text(graph.memoryBytes()));
            graph.pci().forEach(function -> lines.add(function.id()));
            picture.box(node.name(), "", Style.MAIN, node.name(), lines);
        }
        networks.forEach((network, text) ->
                picture.box(NETWORK + network, "", Style.RESOURCE, "network " + network, List.of(text.split(", "))));
        for (Node node : nodes) {
            node.needs().keySet().forEach(needed -> picture.arrow(node.name(), needed));
            node.addresses().keySet().forEach(network -> picture.arrow(node.name(), NETWORK + network));
        }
        return picture;
    }
}
