package crosvm.runner.cli;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import crosvm.runner.instance.StartCheck;
import crosvm.runner.instance.StartOrigin;
import crosvm.runner.instance.StateFolders;
import crosvm.runner.report.ErrorReport;
import crosvm.runner.report.ExitStatus;
import crosvm.schema.json.Json;
import crosvm.schema.lint.FleetCheck;
import crosvm.schema.load.Fleet;
import crosvm.schema.load.LoadedSpec.Loaded;
import crosvm.schema.model.VmSpec;
import crosvm.schema.problem.Problem;
import crosvm.schema.problem.SpecException;
import crosvm.vmm.console.EscapeKey;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
    static final String REMOVE_ORPHANS = "--remove-orphans";
    static final String NO_DEPS = "--no-deps";
    private static final String PROFILE = "--profile";
    /** What --wait without a pattern waits for; no pattern, since it does not end. */
    static final String READY = "";

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
                        "Of a file of several machines, all are started, or those whose names stand behind it, and what"
                                + " they depend on. On a terminal their consoles are shown together; Ctrl-C takes them down,"
                                + " the last started first, and once more ends them at once.",
                        "",
                        "SIGINT, SIGTERM and SIGHUP from outside end the machine in an orderly way.")
                .footer(
                        "",
                        "Examples:",
                        "  crosvm up                                boots ./vm.yaml",
                        "  crosvm up web.yaml --memory 2GiB -c 4    overrides two fields",
                        "  crosvm up web.yaml --set disks.root.path=/tmp/other.img",
                        "  crosvm up -d --wait web.yaml             in the background, returns when it is ready (ready: in the spec)",
                        "  crosvm up -d --wait 'login:' web.yaml    the same, at the login prompt",
                        "  crosvm up -d --recreate web.yaml         applies a changed spec",
                        "  crosvm up -d machines/                   all specs of a folder",
                        "  crosvm up shop.yaml                      all machines of a file, consoles shown together",
                        "  crosvm up -d shop.yaml web               one of them, and what it depends on",
                        "",
                        "The exit status says how the guest ended: 0 power-off, 32 reset, 33 crash, 34 panic; see crosvm --help."
                                + " With -d: 0 when it is running (or was already), 4 when --wait-timeout or ready.within has"
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
        spec.addOption(OptionSpec.builder(REMOVE_ORPHANS)
                .description("With -d: take down and remove running machines of the fleet that its file has no more.")
                .build());
        spec.addOption(OptionSpec.builder(NO_DEPS)
                .description("Do not start what the named machines depend on.")
                .build());
        spec.addOption(OptionSpec.builder(PROFILE)
                .paramLabel("NAME")
                .type(List.class)
                .auxiliaryTypes(String.class)
                .arity("1")
                .description(
                        "Also start the machines of this profile. Can be given more than once. Default: CROSVM_PROFILES,"
                                + " names with commas between them.")
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
                .arity("0..1")
                .fallbackValue(READY)
                .preprocessor(new OptionalRegex())
                .description("In the background: return when the machine is ready, as its spec says (ready:), or with a"
                        + " REGEX (RE2 syntax) when a line of the console contains a match. A word that is a file or ends"
                        + " like one of a spec is no REGEX; --wait=REGEX is one in any case.")
                .build());
        TimeOption.addTo(
                spec,
                WAIT_TIMEOUT,
                "5m",
                "How long --wait waits; then the machine keeps running, and the exit status" + " is 4.");
    }

    @Override
    public SpecFlags flags() {
        return source.flags();
    }

    @Override
    public ExitStatus run(ParseResult arguments, Streams streams) {
        boolean detached = arguments.hasMatchedOption(DETACH);
        NeededOption.check(arguments, WAIT, List.of(WAIT_TIMEOUT));
        Pattern pattern = pattern(arguments);
        List<SpecGroup> groups = SpecSource.groups(arguments, streams);
        NeededOption.check(arguments, DETACH, List.of(WAIT, RECREATE, REMOVE_ORPHANS));
        boolean json = FormatOption.isJson(arguments);
        if (arguments.hasMatchedOption(CHECK)) {
            return check(loadTogether(groups, arguments, streams), arguments, json, streams);
        }
        if (!detached && json) {
            throw new ParameterException(
                    arguments.commandSpec().commandLine(),
                    "--format needs " + DETACH + ": without it standard output is the guest's console");
        }
        if (!detached && groups.size() == 1 && groups.get(0).fleet() == null) {
            return onTerminal(source.load(groups.get(0), arguments, streams), arguments, streams);
        }
        List<LoadedGroup> loaded = loadTogether(groups, arguments, streams);
        if (!detached && groups.size() > 1) {
            loaded.forEach(group -> group.spec().orThrow()); // A word that is no spec is the likelier mistake.
            throw new ParameterException(
                    arguments.commandSpec().commandLine(),
                    "several machines cannot share this terminal: add -d to run them in the background");
        }
        if (!detached) {
            return onTerminal(loaded.get(0), arguments, streams);
        }
        BackgroundStart background = new BackgroundStart(
                streams, pattern, waitsForReady(arguments), TimeOption.of(arguments, WAIT_TIMEOUT), json);
        ExitStatus status = ExitStatus.OK;
        for (LoadedGroup group : loaded) {
            ExitStatus one;
            try {
                one = start(group, background, arguments, streams);
            } catch (SpecException e) {
                one = new ErrorReport(streams.err(), streams.debug()).tell(e);
            }
            status = status == ExitStatus.OK ? one : status;
        }
        ExitStatus started = background.await();
        return status == ExitStatus.OK ? started : status;
    }

    private ExitStatus onTerminal(LoadedGroup group, ParseResult arguments, Streams streams) {
        List<Loaded> machines = group.toStart(profiles(arguments, streams), arguments.hasMatchedOption(NO_DEPS));
        boolean isOne = machines.size() == 1 && arguments.hasMatchedOption(NO_DEPS);
        if (group.spec().fleet() == null || isOne) {
            VmSpec spec = LoadedGroup.spec(machines.get(0));
            return MachineOnTerminal.boot(
                    spec, group.group().file(), words(group, machines.get(0).machine(), arguments), streams);
        }
        if (streams.devices() != null) {
            streams.devices().discard(); // Its machines are other processes.
        }
        return new ForegroundFleet(group, machines, streams).run(machine -> words(group, machine, arguments));
    }

    private ExitStatus start(LoadedGroup group, BackgroundStart background, ParseResult arguments, Streams streams) {
        boolean recreate = arguments.hasMatchedOption(RECREATE);
        List<Loaded> machines = group.toStart(profiles(arguments, streams), arguments.hasMatchedOption(NO_DEPS));
        Fleet fleet = group.spec().fleet();
        if (fleet == null) {
            StartOrigin from = new StartOrigin(group.group().file(), words(group, null, arguments), null, null);
            background.start(LoadedGroup.spec(machines.get(0)), from, recreate);
            return ExitStatus.OK;
        }
        Path file = group.group().file();
        if (file != null) {
            FleetOrphans.handle(fleet, file, arguments.hasMatchedOption(REMOVE_ORPHANS), streams);
        }
        boolean complete = new FleetStart(fleet, background, streams, () -> false)
                .start(group, machines, machine -> words(group, machine, arguments), recreate, null);
        return complete ? ExitStatus.OK : ExitStatus.FAILED;
    }

    /** Those of the command line, or else of {@code CROSVM_PROFILES}, with commas between them. */
    static List<String> profiles(ParseResult arguments, Streams streams) {
        List<String> given = arguments.matchedOptionValue(PROFILE, List.of());
        String variable = streams.environment().getOrDefault("CROSVM_PROFILES", "");
        return given.isEmpty() ? List.of(variable.split(",")) : given;
    }

    /**
     * Loads specs that are to run beside each other.
     *
     * @throws SpecException when they cannot; then none is started
     */
    List<LoadedGroup> loadTogether(List<SpecGroup> groups, ParseResult arguments, Streams streams) {
        List<LoadedGroup> loaded = new ArrayList<>();
        Map<String, String> labels = new LinkedHashMap<>();
        FleetCheck together = new FleetCheck();
        for (SpecGroup group : groups) {
            String file = group.files().get(0);
            LoadedGroup one = source.load(group, arguments, streams);
            loaded.add(one);
            for (Loaded machine : one.spec().machines()) {
                together.add(file, machine.result());
                VmSpec spec = machine.result().spec();
                if (spec != null) {
                    labels.put(file, one.spec().fleet() == null ? spec.name() + " (" + file + ")" : file);
                }
            }
        }
        Map<String, List<Problem>> errors = together.errors();
        if (!errors.isEmpty()) {
            errors.keySet()
                    .forEach(file -> streams.err()
                            .println("crosvm: " + labels.get(file)
                                    + ": cannot run beside the other machines; nothing was started:"));
            throw new SpecException(
                    errors.values().stream().flatMap(List::stream).toList());
        }
        return loaded;
    }

    private static ExitStatus check(List<LoadedGroup> loaded, ParseResult arguments, boolean json, Streams streams) {
        ExitStatus status = ExitStatus.OK;
        for (LoadedGroup group : loaded) {
            try {
                Map<String, VmSpec> specs = new LinkedHashMap<>();
                group.toStart(profiles(arguments, streams), arguments.hasMatchedOption(NO_DEPS))
                        .forEach(machine -> {
                            VmSpec spec = LoadedGroup.spec(machine);
                            specs.put(spec.name(), spec);
                        });
                ExitStatus one = MachineArgument.forEach(
                        List.copyOf(specs.keySet()),
                        streams,
                        name -> check(Objects.requireNonNull(specs.get(name), name), json, streams));
                status = status == ExitStatus.OK ? one : status;
            } catch (SpecException e) {
                ExitStatus wrong = new ErrorReport(streams.err(), streams.debug()).tell(e);
                status = status == ExitStatus.OK ? wrong : status;
            }
        }
        return status;
    }

    private static void check(VmSpec spec, boolean json, Streams streams) {
        SpecImages images = new SpecImages(streams);
        images.pull(spec);
        StartCheck.require(spec, StateFolders.of(streams.environment()).of(spec.name()), streams.environment());
        streams.out()
                .println(
                        json
                                ? Json.compact(Map.of("name", spec.name(), "sound", true))
                                : spec.name() + ": can be started");
    }

    static @Nullable Pattern pattern(ParseResult arguments) {
        String regex = arguments.matchedOptionValue(WAIT, null);
        try {
            return regex == null || regex.equals(READY) ? null : Pattern.compile(regex);
        } catch (PatternSyntaxException e) {
            throw new ParameterException(
                    arguments.commandSpec().commandLine(),
                    "Invalid value for option '" + WAIT + "': " + e.getDescription() + ": "
                            + (e.getPattern() == null ? regex : e.getPattern()));
        }
    }

    /** Whether --wait is given without a pattern. */
    static boolean waitsForReady(ParseResult arguments) {
        return READY.equals(arguments.matchedOptionValue(WAIT, null));
    }

    /** What starts it again; a machine that was read from standard input is kept as a file of one machine. */
    private List<String> words(LoadedGroup group, Fleet.@Nullable Machine machine, ParseResult arguments) {
        List<String> words = new ArrayList<>(List.of(name(), DETACH));
        words.addAll(group.group().files());
        if (machine != null && group.group().isStandardInput()) {
            return words;
        }
        if (machine != null) {
            words.add(machine.shortName());
        }
        words.addAll(SpecSource.envFile(arguments));
        words.addAll(source.words());
        return words;
    }
}
