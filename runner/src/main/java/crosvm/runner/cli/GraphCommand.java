package crosvm.runner.cli;

import crosvm.runner.network.NetworkAddresses;
import crosvm.runner.network.NetworkPlan;
import crosvm.runner.report.ExitStatus;
import crosvm.runner.report.FleetGraph;
import crosvm.runner.report.GraphDiff;
import crosvm.runner.report.GraphDot;
import crosvm.runner.report.GraphJson;
import crosvm.runner.report.GraphSvg;
import crosvm.runner.report.GraphTable;
import crosvm.runner.report.SecurityReport;
import crosvm.schema.load.Fleet;
import crosvm.schema.load.LoadedSpec;
import crosvm.schema.load.LoadedSpec.Loaded;
import crosvm.schema.model.Dependency;
import crosvm.vmm.graph.DeviceGraph;
import crosvm.vmm.module.kind.DeviceModules;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** {@code crosvm graph}: shows the devices {@code up} would make, or how two machines differ. */
final class GraphCommand implements Command {
    private static final String FORMAT = "--format";
    private static final String SECURITY = "--security";
    private static final List<String> FORMATS = List.of("table", "json", "dot", "svg");

    private final SpecSource source = new SpecSource();

    @Override
    public String name() {
        return "graph";
    }

    @Override
    public void describe(CommandSpec spec) {
        spec.usageMessage()
                .description(
                        "Show the machine that up would build from a spec: memory, devices, interrupts, processes,"
                                + " host resources. Does not touch the host.",
                        "",
                        "Of a file of several machines, show all of them, or those whose names stand behind it.",
                        "",
                        "With a second spec, show how its machine differs: a line for each device or value that is removed (-),"
                                + " added (+) or changed (~), as a table or as JSON, and exit status 1 if there is any.")
                .footer(
                        "",
                        "Examples:",
                        "  crosvm graph web.yaml",
                        "  crosvm graph web.yaml --security",
                        "  crosvm graph web.yaml --format svg >web.svg",
                        "  crosvm graph web.yaml --sandbox=false --format dot | dot -Tpng >web.png",
                        "  crosvm graph web.yaml web-new.yaml",
                        "  crosvm graph shop.yaml web --security    one machine of several");
        source.addTo(spec);
        spec.addOption(security());
        spec.addPositional(PositionalParamSpec.builder()
                .index("1")
                .arity("0..1")
                .paramLabel("OTHER")
                .type(java.io.File.class)
                .description(
                        "A second spec to compare with, overrides apply to both; or the name of a machine in FILE.")
                .build());
        spec.addOption(OptionSpec.builder(FORMAT)
                .paramLabel(String.join("|", FORMATS))
                .type(String.class)
                .completionCandidates(FORMATS)
                .defaultValue("table")
                .description("table (default), json, dot (for Graphviz) or svg (a self-contained picture).")
                .build());
    }

    private static OptionSpec security() {
        return OptionSpec.builder(SECURITY)
                .description(
                        "Show the jail table instead: for each process its namespaces and limits, the descriptors it"
                                + " is given, its policy and the system calls that it allows.")
                .build();
    }

    /** One, or two to compare, which may be the same. */
    private static List<SpecGroup> groups(ParseResult arguments, Streams streams) {
        List<String> words = words(arguments, streams);
        List<SpecGroup> groups = SpecGroup.of(words, SpecSource.loader(arguments, streams));
        SpecGroup first = groups.get(0);
        boolean isTwice =
                words.size() > 1 && groups.size() == 1 && first.names().isEmpty();
        return isTwice && first.files().size() == 1 ? List.of(first, first) : groups;
    }

    private static List<String> words(ParseResult arguments, Streams streams) {
        List<String> words = new ArrayList<>(MachineArgument.words(arguments));
        if (words.isEmpty()) {
            words.add(SpecSource.defaultFile(arguments));
        }
        words.replaceAll(
                word -> !word.equals("-") && SpecFiles.isSeveral(word, streams) ? SpecFiles.one(Path.of(word)) : word);
        return words;
    }

    private static DeviceGraph plan(Loaded machine) {
        return DeviceModules.plan(LoadedGroup.spec(machine));
    }

    private static String fleet(LoadedSpec spec, List<Loaded> machines, String format, Streams streams) {
        Fleet fleet = Objects.requireNonNull(spec.fleet());
        Map<String, NetworkPlan> plans = NetworkAddresses.plans(spec);
        List<FleetGraph.Node> nodes = new ArrayList<>();
        for (Loaded loaded : machines) {
            Map<String, Dependency> needs = new LinkedHashMap<>();
            Fleet.Machine machine = Objects.requireNonNull(loaded.machine());
            fleet.member(machine.key())
                    .dependsOn()
                    .forEach((key, how) -> fleet.machines(key).stream()
                            .filter(needed -> machines.stream().anyMatch(one -> needed.equals(one.machine())))
                            .forEach(needed -> needs.put(needed.shortName(), how)));
            Map<String, String> addresses = new LinkedHashMap<>();
            plans.forEach((network, plan) -> {
                NetworkPlan.Host host = plan.host(machine.shortName());
                if (host != null) {
                    addresses.put(
                            network, plan.bridge() == null ? host.address().toString() : "");
                }
            });
            nodes.add(new FleetGraph.Node(machine.shortName(), plan(loaded), addresses, needs));
        }
        Map<String, String> networks = new LinkedHashMap<>();
        plans.forEach((network, plan) -> networks.put(network, plan.describe()));
        FleetGraph graph = new FleetGraph(fleet.name(), networks, nodes);
        return switch (format) {
            case "json" -> graph.toJson();
            case "dot" -> graph.toDot();
            case "svg" -> graph.toSvg();
            default -> graph.toTable(streams.columns());
        };
    }

    @Override
    public SpecFlags flags() {
        return source.flags();
    }

    @Override
    public ExitStatus run(ParseResult arguments, Streams streams) {
        String format = ChoiceOption.of(arguments, FORMAT, FORMATS);
        boolean security = arguments.hasMatchedOption(SECURITY);
        List<SpecGroup> groups = groups(arguments, streams);
        boolean compares = groups.size() > 1;
        boolean picture = format.equals("dot") || format.equals("svg");
        if (security && (compares || picture)) {
            throw new ParameterException(
                    arguments.commandSpec().commandLine(),
                    "--security shows one machine, as a table or as JSON; leave out "
                            + (compares ? "the second spec" : FORMAT + " " + format));
        }
        if (compares && picture) {
            throw new ParameterException(
                    arguments.commandSpec().commandLine(),
                    "two machines are compared as a table or as JSON, not as " + format);
        }
        LoadedGroup loaded = source.load(groups.get(0), arguments, streams);
        List<Loaded> machines = loaded.machines();
        if (!compares && !security && machines.size() > 1) {
            streams.out().print(fleet(loaded.spec(), machines, format, streams));
            return ExitStatus.OK;
        }
        DeviceGraph graph = plan(SpecSource.theOnly(loaded, arguments));
        if (compares) {
            LoadedGroup other = source.load(groups.get(1), arguments, streams);
            GraphDiff difference = GraphDiff.of(graph, plan(SpecSource.theOnly(other, arguments)));
            streams.out().print(format.equals("json") ? difference.toJson() : difference.toText());
            return difference.isEmpty() ? ExitStatus.OK : ExitStatus.FAILED;
        }
        if (security) {
            streams.out().print(format.equals("json") ? SecurityReport.json(graph) : SecurityReport.of(graph));
            return ExitStatus.OK;
        }
        streams.out()
                .print(
                        switch (format) {
                            case "json" -> GraphJson.of(graph);
                            case "dot" -> GraphDot.of(graph);
                            case "svg" -> GraphSvg.of(graph);
                            default -> GraphTable.of(graph, streams.columns());
                        });
        return ExitStatus.OK;
    }
}
