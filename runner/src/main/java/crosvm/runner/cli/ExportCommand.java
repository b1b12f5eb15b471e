package crosvm.runner.cli;

import crosvm.runner.export.ExportOptions;
import crosvm.runner.export.ExportTarget;
import crosvm.runner.export.ExportTargets;
import crosvm.runner.export.ExportedMachine;
import crosvm.runner.export.FleetPlace;
import crosvm.runner.report.ExitStatus;
import crosvm.schema.bind.Draft;
import crosvm.schema.load.Fleet;
import crosvm.schema.load.LoadedSpec.Loaded;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** {@code crosvm export}: a spec as text for systemd, Podman or Kubernetes. */
final class ExportCommand implements Command {
    private static final String IMAGE = "--image";
    private static final String KVM = "--kvm";
    private static final String REPLICAS = "--replicas";
    private static final String STORAGE = "--storage";
    private static final String PRIVILEGED = "privileged";
    private static final String PLUGIN = "device-plugin=";
    private static final String DEFAULT_KVM = PLUGIN + "devices.kubevirt.io/kvm";
    /** A qualified name with its prefix, as extended resources have it. */
    private static final String RESOURCE = "[a-z0-9]([a-z0-9.-]*[a-z0-9])?/[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?";

    private final SpecSource source = new SpecSource();

    @Override
    public String name() {
        return "export";
    }

    @Override
    public void describe(CommandSpec spec) {
        List<String> words = ExportTargets.words();
        spec.usageMessage()
                .description(
                        "Print a spec as text for an engine that runs services: a systemd unit, a container unit of"
                                + " Podman's Quadlet, objects of Kubernetes. Does not touch the host. Review the text before it is used;"
                                + " its comments say what it needs.",
                        "",
                        "For Kubernetes: a ConfigMap with the spec, a Deployment, or a StatefulSet with a claim for a machine"
                                + " that keeps what it writes, and Services for forwarded ports. What cannot go into a Pod is an error;"
                                + " crosvm lint --target kubernetes finds the same.")
                .footer(
                        "",
                        "Examples:",
                        "  crosvm export systemd web.yaml >/etc/systemd/system/web.service",
                        "  crosvm export quadlet web.yaml >~/.config/containers/systemd/web.container",
                        "  crosvm export kubernetes web.yaml --wait 'login:' --replicas 3 | kubectl apply -f -",
                        "  crosvm export kubernetes web.yaml --kvm privileged",
                        "  crosvm export systemd fleet.yaml db >/etc/systemd/system/shop-db.service");
        spec.addPositional(PositionalParamSpec.builder()
                .index("0")
                .arity("1")
                .required(true)
                .paramLabel(String.join("|", words))
                .type(String.class)
                .completionCandidates(words)
                .description("The engine.")
                .build());
        option(
                spec,
                IMAGE,
                "IMAGE",
                image(),
                "The container image of crosvm. Default: localhost/crosvm, with this version as its tag.");
        option(
                spec,
                KVM,
                "HOW",
                DEFAULT_KVM,
                "For Kubernetes, how a container gets /dev/kvm: device-plugin=NAME, from a device plugin that must run on the"
                        + " nodes, and nothing else of the node; or privileged, which needs no plugin and gives the container the"
                        + " whole node. Default: " + DEFAULT_KVM + ".");
        option(
                spec,
                REPLICAS,
                "N",
                "1",
                "For Kubernetes, the number of machines, on different nodes if possible. Default: 1.");
        option(
                spec,
                STORAGE,
                "SIZE",
                "10Gi",
                "For Kubernetes, the size of the claim for writable disks, where the spec does not say how large they are."
                        + " Default: 10Gi.");
        spec.addOption(OptionSpec.builder(UpCommand.WAIT)
                .paramLabel("REGEX")
                .type(String.class)
                .description(
                        "For Kubernetes, the machine has started when a line of the console contains a match (grep -E).")
                .build());
        source.addTo(spec, 1);
        spec.addPositional(PositionalParamSpec.builder()
                .index("2..*")
                .arity("0..*")
                .paramLabel("NAME")
                .type(List.class)
                .auxiliaryTypes(String.class)
                .description(
                        "Machines of a file of several. For Kubernetes all of them by default; a unit is one machine's.")
                .build());
    }

    private static void option(CommandSpec spec, String name, String label, String preset, String text) {
        spec.addOption(OptionSpec.builder(name)
                .paramLabel(label)
                .type(String.class)
                .defaultValue(preset)
                .description(text)
                .build());
    }

    private static String image() {
        return "localhost/crosvm:" + Version.number();
    }

    @Override
    public SpecFlags flags() {
        return source.flags();
    }

    @Override
    public ExitStatus run(ParseResult arguments, Streams streams) {
        ExportTarget target = target(arguments);
        ExportOptions options = options(arguments);
        String file = source.file(arguments, 1);
        if (file.equals("-")) {
            throw wrong(arguments, "an engine starts the machine from a file; standard input has no name to give it");
        }
        List<String> words = MachineArgument.words(arguments);
        LoadedGroup group =
                source.loadOne(words.size() > 2 ? words.subList(1, words.size()) : List.of(file), arguments, streams);
        List<Loaded> machines = words.size() > 2 ? group.machines() : group.toStart(List.of(), false);
        if (machines.size() > 1 && !target.takesSeveral()) {
            SpecSource.theOnly(group, arguments);
        }
        for (Loaded machine : machines) {
            streams.out().print(target.describe(exported(machine, group.spec().fleet(), options)));
        }
        return ExitStatus.OK;
    }

    private ExportedMachine exported(Loaded loaded, @Nullable Fleet fleet, ExportOptions options) {
        Draft draft = Objects.requireNonNull(loaded.result().draft(), "a spec has its draft");
        Path path = Objects.requireNonNull(draft.file(), "a spec that was loaded from a file has its path");
        Fleet.Machine machine = loaded.machine();
        FleetPlace place = fleet == null || machine == null ? null : FleetPlace.of(fleet, machine);
        return ExportedMachine.of(draft, path, source.words(), options, place);
    }

    private static ExportTarget target(ParseResult arguments) {
        String word = arguments.matchedPositional(0).originalStringValues().get(0);
        ExportTarget target = ExportTargets.of(word);
        if (target == null) {
            throw wrong(
                    arguments,
                    "cannot export to \"" + word + "\"; choose one of " + String.join(", ", ExportTargets.words()));
        }
        return target;
    }

    private static ExportOptions options(ParseResult arguments) {
        String replicas = value(arguments, REPLICAS);
        if (!replicas.matches("[1-9][0-9]{0,4}")) {
            throw wrong(arguments, invalid(REPLICAS, replicas, "is not a number from 1 to 99999"));
        }
        String storage = value(arguments, STORAGE);
        if (!storage.matches("[1-9][0-9]*([KMGTPE]i?|k)?")) {
            throw wrong(arguments, invalid(STORAGE, storage, "is not a size such as 10Gi"));
        }
        String image = value(arguments, IMAGE);
        if (!image.matches("[A-Za-z0-9][A-Za-z0-9._:/@-]*")) {
            throw wrong(arguments, invalid(IMAGE, image, "is not the name of a container image"));
        }
        UpCommand.pattern(arguments);
        return new ExportOptions(
                image,
                plugin(arguments),
                Integer.parseInt(replicas),
                storage,
                arguments.matchedOptionValue(UpCommand.WAIT, (String) null));
    }

    private static @Nullable String plugin(ParseResult arguments) {
        String how = value(arguments, KVM);
        if (how.equals(PRIVILEGED)) {
            return null;
        }
        String plugin = how.startsWith(PLUGIN) ? how.substring(PLUGIN.length()) : "";
        if (!plugin.matches(RESOURCE)) {
            throw wrong(
                    arguments,
                    invalid(
                            KVM,
                            how,
                            "is neither privileged nor device-plugin=NAME, with NAME such as"
                                    + " devices.kubevirt.io/kvm"));
        }
        return plugin;
    }

    private static String value(ParseResult arguments, String option) {
        return arguments.matchedOptionValue(
                option, arguments.commandSpec().findOption(option).defaultValue());
    }

    private static String invalid(String option, String value, String why) {
        return "Invalid value for option '" + option + "': '" + value + "' " + why;
    }

    private static ParameterException wrong(ParseResult arguments, String message) {
        return new ParameterException(arguments.commandSpec().commandLine(), message);
    }
}
