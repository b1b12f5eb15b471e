package crosvm.runner.cli;

import crosvm.runner.image.ImageCache;
import crosvm.runner.instance.Finding;
import crosvm.runner.instance.HostDoctor;
import crosvm.runner.instance.SpecDoctor;
import crosvm.runner.report.ExitStatus;
import crosvm.schema.model.EnumWord;
import crosvm.schema.model.VmSpec;
import crosvm.vmm.graph.DeviceGraph;
import crosvm.vmm.module.kind.DeviceModules;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
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
                        "Check the host: whether KVM opens and really runs guest code, and what jails, networks and"
                                + " shares need. With a spec, also check its files, folders and sockets, and whether its"
                                + " disks are free. Changes nothing. The exit status is 1 if there is a problem.",
                        "",
                        "Without FILE, only the host is checked.")
                .footer("", "Examples:", "  crosvm doctor", "  crosvm doctor web.yaml");
        source.addTo(spec);
    }

    @Override
    public ExitStatus run(ParseResult arguments, Streams streams) {
        List<Finding> findings = new ArrayList<>();
        DeviceGraph graph = null;
        if (arguments.hasMatchedPositional(0)) {
            VmSpec spec = source.load(arguments, streams).orThrow();
            List<Finding> images = new SpecImages(streams).findings(spec);
            // Images that are not there yet are named by a variable.
            graph = DeviceModules.plan(
                    images.isEmpty() ? ImageCache.of(streams.environment()).name(spec) : spec);
            findings.addAll(images);
        }
        findings.add(HostDoctor.kvm());
        findings.addAll(new HostDoctor(Path.of("/"), streams.environment().getOrDefault("PATH", "")).rest());
        if (graph != null) {
            findings.addAll(SpecDoctor.look(graph));
        }
        findings.forEach(finding -> tell(finding, streams));
        long problems = findings.stream()
                .filter(f -> f.level() == Finding.Level.PROBLEM)
                .count();
        streams.out().println(problems == 0 ? "no problems" : problems + (problems == 1 ? " problem" : " problems"));
        return problems == 0 ? ExitStatus.OK : ExitStatus.FAILED;
    }

    private static void tell(Finding finding, Streams streams) {
        String level = EnumWord.of(finding.level());
        streams.out().printf(Locale.ROOT, "%-8s %s: %s%n", level, finding.subject(), finding.found());
        if (!finding.fix().isEmpty()) {
            streams.out().println("         -> " + finding.fix());
        }
    }
}
