package crosvm.runner.cli;

import crosvm.runner.image.ImageCache;
import crosvm.runner.instance.Finding;
import crosvm.runner.instance.HostDoctor;
import crosvm.runner.instance.Lingering;
import crosvm.runner.instance.SpecDoctor;
import crosvm.runner.instance.StateFolders;
import crosvm.runner.network.HostRoutes;
import crosvm.runner.network.NetworkAddresses;
import crosvm.runner.network.NetworkPlan;
import crosvm.runner.report.ExitStatus;
import crosvm.runner.report.FailedException;
import crosvm.schema.json.Json;
import crosvm.schema.load.LoadedSpec.Loaded;
import crosvm.schema.model.EnumWord;
import crosvm.schema.model.VmSpec;
import crosvm.vmm.VmmException;
import crosvm.vmm.graph.DeviceGraph;
import crosvm.vmm.module.kind.DeviceModules;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code crosvm doctor}: looks at the host, and at what a spec takes of it. */
final class DoctorCommand implements Command {
    private final SpecSource source = new SpecSource();

    @Override
    public String name() {
        return "doctor";
    }

    @Override
    public void describe(CommandSpec spec) {
        spec.usageMessage()
                .description(
                        "Check the host: whether KVM opens and really runs guest code, what jails, networks and shares need,"
                                + " and whether machines outlive your logout. With a spec, also check its files, folders"
                                + " and sockets, whether its disks are free and have room to grow, and the limits on open"
                                + " files, processes, memory and file sizes, and whether the root disk has a kernel in it when that is to boot. Changes nothing. The exit status is 1 if"
                                + " there is a problem.",
                        "",
                        "Without FILE, only the host is checked.")
                .footer(
                        "",
                        "Examples:",
                        "  crosvm doctor",
                        "  crosvm doctor web.yaml",
                        "  crosvm doctor web.yaml --format json");
        source.addTo(spec);
        FormatOption.addTo(spec, "text", "json");
    }

    @Override
    public SpecFlags flags() {
        return source.flags();
    }

    @Override
    public ExitStatus run(ParseResult arguments, Streams streams) {
        List<Finding> findings = new ArrayList<>();
        List<DeviceGraph> graphs = new ArrayList<>();
        if (arguments.hasMatchedPositional(0)) {
            LoadedGroup group = source.loadOne(MachineArgument.words(arguments), arguments, streams);
            List<Loaded> machines = group.machines();
            NetworkAddresses.plans(group.spec()).values().forEach(plan -> findings.add(network(plan)));
            for (Loaded machine : machines) {
                VmSpec spec = LoadedGroup.spec(machine);
                List<Finding> images = new SpecImages(streams).findings(spec);
                findings.addAll(images);
                // Images that are not there yet are named by a variable.
                graphs.add(DeviceModules.plan(images.isEmpty() ? local(spec, findings, streams) : spec));
            }
        }
        findings.add(HostDoctor.kvm());
        findings.addAll(new HostDoctor(
                        Path.of("/"),
                        streams.environment().getOrDefault("PATH", ""),
                        graphs.stream().mapToLong(DeviceGraph::memoryBytes).sum())
                .rest());
        findings.add(Lingering.look(StateFolders.of(streams.environment())));
        graphs.forEach(graph -> findings.addAll(SpecDoctor.look(graph)));
        long problems = findings.stream()
                .filter(f -> f.level() == Finding.Level.PROBLEM)
                .count();
        if (FormatOption.isJson(arguments)) {
            streams.out().print(Json.pretty(json(findings, problems)));
        } else {
            findings.forEach(finding -> tell(finding, streams));
            streams.out()
                    .println(problems == 0 ? "no problems" : problems + (problems == 1 ? " problem" : " problems"));
        }
        return problems == 0 ? ExitStatus.OK : ExitStatus.FAILED;
    }

    /** Whether a network between machines can be beside the host's own. */
    private static Finding network(NetworkPlan plan) {
        String subject = "network " + plan.network();
        String taken = plan.bridge() == null ? HostRoutes.taken(plan.subnet()) : null;
        if (plan.bridge() != null && !Files.isDirectory(Path.of("/sys/class/net", plan.bridge(), "bridge"))) {
            return Finding.problem(
                    subject,
                    "the host has no bridge " + plan.bridge(),
                    "ip link add " + plan.bridge() + " type bridge");
        }
        return taken == null
                ? Finding.ok(subject, plan.describe())
                : Finding.problem(subject, taken, "give it another subnet");
    }

    /** The machine as it would be run: what its root disk boots is looked for, as {@code up} does. */
    private static VmSpec local(VmSpec spec, List<Finding> findings, Streams streams) {
        boolean fromRoot = spec.kernel().from() != null;
        String subject = fromRoot ? "kernel.from: root" : "root disk";
        try {
            VmSpec local = new SpecImages(streams).locate(spec);
            if (fromRoot) {
                findings.add(Finding.ok(
                        subject,
                        "a kernel was found: " + String.join(" ", local.kernel().params())));
            }
            return local;
        } catch (FailedException | VmmException e) {
            findings.add(Finding.problem(subject, String.valueOf(e.getMessage()), ""));
            return ImageCache.of(streams.environment()).name(spec);
        }
    }

    private static Map<String, @Nullable Object> json(List<Finding> findings, long problems) {
        List<Map<String, @Nullable Object>> list = new ArrayList<>();
        for (Finding finding : findings) {
            Map<String, @Nullable Object> map = new LinkedHashMap<>();
            map.put("level", EnumWord.of(finding.level()));
            map.put("subject", finding.subject());
            map.put("found", finding.found());
            map.put("fix", finding.fix().isEmpty() ? null : finding.fix());
            list.add(map);
        }
        Map<String, @Nullable Object> all = new LinkedHashMap<>();
        all.put("problems", problems);
        all.put("findings", list);
        return all;
    }

    private static void tell(Finding finding, Streams streams) {
        String level = EnumWord.of(finding.level());
        streams.out().printf(Locale.ROOT, "%-8s %s: %s%n", level, finding.subject(), finding.found());
        if (!finding.fix().isEmpty()) {
            streams.out().println("         -> " + finding.fix());
        }
    }
}
