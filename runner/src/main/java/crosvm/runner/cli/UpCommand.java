package crosvm.runner.cli;

import crosvm.runner.instance.BackgroundProcess;
import crosvm.runner.instance.InstanceState;
import crosvm.runner.instance.MachineProcess;
import crosvm.runner.instance.NameTakenException;
import crosvm.runner.instance.SecretVariables;
import crosvm.runner.instance.StartCheck;
import crosvm.runner.instance.StateFolders;
import crosvm.runner.report.EndReport;
import crosvm.runner.report.ErrorReport;
import crosvm.runner.report.ExitStatus;
import crosvm.runner.report.Output;
import crosvm.schema.json.Json;
import crosvm.schema.lint.FleetCheck;
import crosvm.schema.load.LoadResult;
import crosvm.schema.model.VmSpec;
import crosvm.schema.problem.Problem;
import crosvm.schema.problem.SpecException;
import crosvm.vmm.console.EscapeKey;
import crosvm.vmm.graph.DeviceGraph;
import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.module.kind.DeviceModules;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** {@code crosvm up}: boots the machine of a spec, on this terminal or, with {@code -d}, in the background. */
final class UpCommand implements Command {
    static final String WAIT = "--wait";
    static final String WAIT_TIMEOUT = "--wait-timeout";
    static final String DETACH = "-d";
    static final String RECREATE = "--recreate";
    static final String CHECK = "--check";
    private static final String STANDARD_INPUT = "-";

    private final SpecSource source = new SpecSource();

    @Override
    public String name() {
        return "up";
    }

    @Override
    public void describe(CommandSpec spec) {
        spec.usageMessage()
                .description(
                        "Boot the machine of a spec. Its console is this terminal; every key goes to the guest,"
                                + " Ctrl-C too. " + EscapeKey.HELP + ".",
                        "",
                        "With -d it runs in the background, and crosvm returns once it is running: see crosvm ps,"
                                + " console, logs, down. A machine that is already running with the same spec is left alone;"
                                + " with a different spec, the differences are shown and nothing is changed. Several specs, or a folder"
                                + " of them, are checked against each other first, as crosvm lint does.",
                        "",
                        "SIGINT, SIGTERM and SIGHUP from outside end the machine in an orderly way.")
                .footer(
                        "",
                        "Examples:",
                        "  crosvm up                                boots ./vm.yaml",
                        "  crosvm up web.yaml --memory 2GiB -c 4    overrides two fields",
                        "  crosvm up web.yaml --set disks.root.path=/tmp/other.img",
                        "  crosvm up -d --wait 'login:' web.yaml    in the background, returns at the login prompt",
                        "  crosvm up -d --recreate web.yaml         applies a changed spec",
                        "  crosvm up -d machines/                   all specs of a folder",
                        "",
                        "The exit status says how the guest ended: 0 power-off, 32 reset, 33 crash, 34 panic; see crosvm --help."
                                + " With -d: 0 when it is running (or was already), 4 when --wait-timeout has"
                                + " expired, else how it ended.");
        spec.addOption(OptionSpec.builder(DETACH, "--detach")
                .description("Run the machine in the background.")
                .build());
        spec.addOption(OptionSpec.builder(RECREATE)
                .description(
                        "With -d: a machine that runs with another spec is shut down and started as the spec and the"
                                + " flags say now; not before it is certain that it can be.")
                .build());
        spec.addOption(OptionSpec.builder(CHECK)
                .description(
                        "Checks everything that a start needs, kernel, disks, sockets and ports, and starts nothing.")
                .build());
        addWait(spec);
        FormatOption.addDescribed(
                spec, "With -d: text, or json: an object a machine, a line each. Default: text.", "text", "json");
        source.addSeveralTo(spec);
    }

    /** The options that say what is waited for. */
    static void addWait(CommandSpec spec) {
        spec.addOption(OptionSpec.builder(WAIT)
                .paramLabel("REGEX")
                .type(String.class)
                .description("In the background: return when a line of the console contains a match.")
                .build());
        TimeOption.addTo(
                spec,
                WAIT_TIMEOUT,
                "5m",
                "How long --wait waits; then the machine keeps running, and the exit status" + " is 4.");
    }

    @Override
    public ExitStatus run(ParseResult arguments, Streams streams) {
        boolean detached = arguments.hasMatchedOption(DETACH);
        Pattern pattern = pattern(arguments);
        List<String> files = SpecSource.files(arguments);
        if (!detached && (files.size() > 1 || pattern != null)) {
            throw new ParameterException(
                    arguments.commandSpec().commandLine(),
                    files.size() > 1
                            ? "several machines cannot share this terminal: add -d to run them in the background"
                            : WAIT + " needs -d");
        }
        if (arguments.hasMatchedOption(CHECK)) {
            return check(files, FormatOption.isJson(arguments), streams);
        }
        if (!detached && FormatOption.isJson(arguments)) {
            throw new ParameterException(
                    arguments.commandSpec().commandLine(),
                    "--format needs " + DETACH + ": without it standard output is the guest's console");
        }
        if (!detached) {
            return boot(
                    source.load(files.get(0), streams).orThrow(), fileOf(files.get(0)), words(files.get(0)), streams);
        }
        BackgroundStart background = new BackgroundStart(
                streams, pattern, TimeOption.of(arguments, WAIT_TIMEOUT), FormatOption.isJson(arguments));
        ExitStatus status = ExitStatus.OK;
        for (Map.Entry<String, LoadResult> loaded : loadTogether(files, streams).entrySet()) {
            String file = loaded.getKey();
            try {
                VmSpec spec = loaded.getValue().orThrow();
                background.start(spec, fileOf(file), words(file), arguments.hasMatchedOption(RECREATE));
            } catch (SpecException e) {
                ExitStatus wrong = new ErrorReport(streams.err(), streams.debug()).tell(e);
                status = status == ExitStatus.OK ? wrong : status;
            }
        }
        ExitStatus started = background.await();
        return status == ExitStatus.OK ? started : status;
    }

    /**
     * Loads specs that are to run beside each other.
     *
     * @throws SpecException when they cannot; then none is started
     */
    private Map<String, LoadResult> loadTogether(List<String> files, Streams streams) {
        Map<String, LoadResult> loaded = new LinkedHashMap<>();
        FleetCheck fleet = new FleetCheck();
        for (String file : files) {
            LoadResult result = source.load(file, streams);
            loaded.put(file, result);
            fleet.add(file, result);
        }
        Map<String, List<Problem>> errors = fleet.errors();
        if (!errors.isEmpty()) {
            errors.forEach((file, problems) -> streams.err()
                    .println("crosvm: "
                            + Objects.requireNonNull(loaded.get(file), file)
                                    .orThrow()
                                    .name() + " (" + file
                            + "): cannot run beside the other machines; nothing was started:"));
            throw new SpecException(
                    errors.values().stream().flatMap(List::stream).toList());
        }
        return loaded;
    }

    private ExitStatus check(List<String> files, boolean json, Streams streams) {
        Map<String, LoadResult> loaded = loadTogether(files, streams);
        return MachineArgument.forEach(files, streams, file -> {
            VmSpec spec = Objects.requireNonNull(loaded.get(file), file).orThrow();
            SpecImages images = new SpecImages(streams);
            images.pull(spec);
            StartCheck.require(spec, StateFolders.of(streams.environment()).of(spec.name()), streams.environment());
            streams.out()
                    .println(
                            json
                                    ? Json.compact(Map.of("name", spec.name(), "sound", true))
                                    : spec.name() + ": can be started");
        });
    }

    static @Nullable Pattern pattern(ParseResult arguments) {
        String regex = arguments.matchedOptionValue(WAIT, null);
        try {
            return regex == null ? null : Pattern.compile(regex);
        } catch (PatternSyntaxException e) {
            throw new ParameterException(
                    arguments.commandSpec().commandLine(),
                    "Invalid value for option '" + WAIT + "': " + e.getDescription() + " at character " + e.getIndex()
                            + " of '" + regex + "'");
        }
    }

    private static @Nullable Path fileOf(String file) {
        return file.equals(STANDARD_INPUT)
                ? null
                : Path.of(file).toAbsolutePath().normalize();
    }

    private List<String> words(String file) {
        List<String> words = new ArrayList<>(List.of(name(), DETACH, file));
        words.addAll(source.words());
        return words;
    }

    /** Runs a machine on this terminal to its end and tells how it ended. */
    static ExitStatus boot(VmSpec spec, @Nullable Path file, List<String> words, Streams streams) {
        SecretVariables.hide(spec, streams.environment());
        SpecImages images = new SpecImages(streams);
        images.pull(spec);
        DeviceGraph graph = DeviceModules.plan(images.locate(spec));
        InstanceState.Launch launch =
                BackgroundProcess.launch(spec, file, Path.of("").toAbsolutePath(), words, false);
        StateFolders folders = StateFolders.of(streams.environment());
        MachineProcess process =
                new MachineProcess(graph, launch, folders, streams.err()).notifying(streams.environment());
        try {
            ExitStatus status = EndReport.tell(graph.name(), process.runOnTerminal(), streams.err());
            ErrnoException lost = process.outputFailure();
            return lost == null ? status : Output.incomplete(String.valueOf(lost.getMessage()), status, streams.err());
        } catch (NameTakenException e) {
            AlreadyRunning.tell(launch, folders, streams.err());
            return ExitStatus.FAILED;
        }
    }
}
