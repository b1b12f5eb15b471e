package crosvm.runner.cli;

import crosvm.runner.report.ErrorReport;
import crosvm.runner.report.ExitStatus;
import crosvm.schema.problem.DidYouMean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** The whole command line: picks the command, runs it, and answers for what goes wrong. Used by one thread. */
final class Crosvm {
    private static final String KVM = "/dev/kvm";
    private static final List<String> VERSION = List.of("-V", "--version");

    private final Prelude prelude;
    private Streams streams;
    private List<String> words = List.of();
    private @Nullable Command running;
    /** The status of the command on another host; -1 when it ran here. */
    private int statusThere = -1;

    Crosvm(Streams streams) {
        this(streams, new Prelude());
    }

    /** The same where some of what commands need is being loaded already. */
    Crosvm(Streams streams, Prelude prelude) {
        this.streams = streams;
        this.prelude = prelude;
    }

    /** Runs one command. */
    ExitStatus run(String[] given) {
        String[] arguments = withoutHost(given);
        words = List.of(arguments);
        if (arguments.length > 0 && arguments[0].equals(Completion.WORD)) {
            Completion.answer(words.subList(1, words.size()), streams.environment(), streams.out());
            return ExitStatus.OK;
        }
        try {
            ExitStatus ended = ofOneFile();
            return ended == null ? execute(parse(arguments)) : ended;
        } catch (ParameterException e) {
            return refuse(e);
        } catch (Throwable thrown) {
            Throwable e = prelude.originOf(thrown);
            streams.out().flush();
            ExitStatus status = new ErrorReport(streams.err(), streams.debug()).tell(e);
            adviseLab(e, List.of(arguments));
            return status == ExitStatus.FAILED && running != null ? running.whenItFails() : status;
        }
    }

    /** Boots the machine of one file without the help of picocli, if that is all that is asked for; null when it is not. */
    private @Nullable ExitStatus ofOneFile() {
        UpCommand up = new UpCommand();
        if (words.isEmpty() || !words.get(0).equals(up.name()) || OtherHost.of(up, streams) != null) {
            return null;
        }
        running = up;
        return MachineOnTerminal.ofFile(words, streams);
    }

    /** Reads it with a description of the one command and the flags that are given, and what is wrong with one of all. */
    private static ParseResult parse(String[] arguments) {
        String name = arguments.length == 0 ? "" : arguments[0];
        Command command = CommandList.make(name);
        if (command == null) {
            boolean alone = arguments.length == 1 && VERSION.contains(name);
            return (alone ? commandLine(List.of(), GivenOptions.ALL) : commandLine()).parseArgs(arguments);
        }
        List<String> words = command.arguments(List.of(arguments));
        String[] read = words.toArray(new String[0]);
        try {
            return commandLine(List.of(command), GivenOptions.of(words)).parseArgs(read);
        } catch (ParameterException e) {
            // Another command: this one may have been told of flags.
            Command again = Objects.requireNonNull(CommandList.make(name));
            return commandLine(List.of(again), GivenOptions.ALL).parseArgs(read);
        }
    }

    /** What the process returns after {@link #run}. */
    int code(ExitStatus ended) {
        if (statusThere >= 0) {
            return statusThere;
        }
        return running == null ? ended.code() : running.code(ended);
    }

    /** Takes the option that names another host, which stands before the command, for the variable of the same meaning. */
    private String[] withoutHost(String[] arguments) {
        List<String> left = new ArrayList<>(List.of(arguments));
        while (!left.isEmpty()) {
            String first = left.get(0);
            String inWord =
                    first.startsWith(OtherHost.OPTION + "=") ? first.substring(OtherHost.OPTION.length() + 1) : null;
            boolean isNext =
                    (first.equals(OtherHost.OPTION) || first.equals(OtherHost.OPTION_SHORT)) && left.size() > 1;
            if (inWord == null && !isNext) {
                break;
            }
            streams = streams.with(OtherHost.VARIABLE, inWord == null ? left.get(1) : inWord);
            left.subList(0, isNext ? 2 : 1).clear();
        }
        return left.toArray(new String[0]);
    }

    /** In a checkout there is a KVM where the host has none. */
    private void adviseLab(Throwable failure, List<String> arguments) {
        Checkout checkout = String.valueOf(failure.getMessage()).startsWith(KVM) && !Files.exists(Path.of(KVM))
                ? Checkout.ofThisProgram()
                : null;
        if (checkout != null) {
            streams.err()
                    .println("crosvm: this checkout's lab emulates one, slowly: "
                            + checkout.inLab(arguments, Path.of("").toAbsolutePath()));
        }
    }

    /** The command line with all commands, for help, completion and man pages. */
    static CommandLine commandLine() {
        CommandLine all = inGroups(commandLine(CommandList.makeAll(), GivenOptions.ALL));
        all.getHelpSectionMap()
                .put(UsageMessageSpec.SECTION_KEY_COMMAND_LIST, help -> CommandList.help(help.commandSpec()));
        return all;
    }

    /** The command line with the command of that name alone, if there is one; for the same. */
    static CommandLine commandLine(String name) {
        Command command = CommandList.make(name);
        return inGroups(commandLine(command == null ? List.of() : List.of(command), GivenOptions.ALL));
    }

    private static CommandLine inGroups(CommandLine all) {
        all.getSubcommands().values().forEach(line -> SpecFlags.groupIn(line.getCommandSpec()));
        return all;
    }

    /**
     * The command line with these commands. A run has only the one that it is about: to describe all of them takes longer than
     * most commands do.
     */
    private static CommandLine commandLine(List<Command> commands, GivenOptions given) {
        CommandSpec root = CommandSpec.create().name("crosvm");
        root.addOption(OptionSpec.builder(VERSION.toArray(new String[0]))
                .versionHelp(true)
                .description("Show the version.")
                .build());
        root.addOption(OptionSpec.builder(OtherHost.OPTION_SHORT, OtherHost.OPTION)
                .paramLabel("ADDRESS")
                .type(String.class)
                .description("Run it on another host (ssh://USER@HOST). Default: CROSVM_HOST.")
                .build());
        addHelp(root);
        root.usageMessage()
                .commandListHeading("")
                .description("Boot virtual machines that are described in a file.")
                .exitCodeListHeading("%nExit status:%n")
                .exitCodeList(statuses())
                .footer(
                        "",
                        "crosvm help COMMAND shows the help of a command.",
                        "CROSVM_JAVA_OPTS adds options for the Java virtual machine; CROSVM_DEBUG=1 shows stack traces.");
        for (Command command : commands) {
            root.addSubcommand(command.name(), subcommand(command, given));
        }
        return new CommandLine(root)
                .setUsageHelpWidth(100)
                .setUsageHelpLongOptionsMaxWidth(36)
                .setOverwrittenOptionsAllowed(true)
                .setPosixClusteredShortOptionsAllowed(true)
                .setUnmatchedOptionsArePositionalParams(false)
                .setColorScheme(CommandLine.Help.defaultColorScheme(Ansi.OFF));
    }

    private static CommandSpec subcommand(Command command, GivenOptions given) {
        CommandSpec spec = CommandSpec.wrapWithoutInspection(command).name(command.name());
        addHelp(spec);
        command.describe(spec);
        SpecFlags flags = command.flags();
        if (flags != null) {
            flags.addTo(spec, given);
        }
        return spec;
    }

    private static Map<String, String> statuses() {
        Map<String, String> list = new LinkedHashMap<>();
        for (ExitStatus status : ExitStatus.values()) {
            if (status.code() < ExitStatus.SIGNALLED) {
                list.put(" " + status.code(), status.meaning());
            }
        }
        list.put(" 128+N", "signal N ended crosvm, and the guest with it; exec: or the command");
        list.put(" " + ExitStatus.NO_SESSION.code(), ExitStatus.NO_SESSION.meaning());
        return list;
    }

    private static void addHelp(CommandSpec spec) {
        UsageMessageSpec usage = spec.usageMessage();
        usage.abbreviateSynopsis(true)
                .synopsisHeading("Usage: ")
                .parameterListHeading("%nArguments:%n")
                .optionListHeading("%nOptions:%n");
        spec.addOption(OptionSpec.builder("-h", "--help")
                .usageHelp(true)
                .description("Show this help.")
                .order(Integer.MAX_VALUE)
                .build());
    }

    private ExitStatus execute(ParseResult parsed) {
        ParseResult last = parsed;
        while (last.hasSubcommand()) {
            last = last.subcommand();
        }
        CommandLine line = last.commandSpec().commandLine();
        if (last.isUsageHelpRequested()) {
            forHelp(line).usage(streams.out());
            return ExitStatus.OK;
        }
        if (last.isVersionHelpRequested()) {
            streams.out().println(Version.text());
            return ExitStatus.OK;
        }
        if (last.commandSpec().userObject() instanceof Command command) {
            running = command;
            OtherHost host = OtherHost.of(command, streams);
            if (host == null) {
                return command.run(last, streams);
            }
            statusThere = host.run(command, words, last);
            return statusThere == 0 ? ExitStatus.OK : ExitStatus.FAILED;
        }
        line.usage(streams.err());
        return ExitStatus.USAGE;
    }

    /** The same command described for its help. */
    private static CommandLine forHelp(CommandLine parsed) {
        String name = parsed.getCommandName();
        return parsed.getParent() == null
                ? parsed
                : Objects.requireNonNull(commandLine(name).getSubcommands().get(name));
    }

    private ExitStatus refuse(ParameterException e) {
        CommandSpec spec = e.getCommandLine().getCommandSpec();
        String called = spec.qualifiedName();
        streams.err().println(called + ": " + e.getMessage());
        if (e instanceof UnmatchedArgumentException unmatched) {
            String near = nearest(spec, unmatched.getUnmatched().get(0));
            if (!near.isEmpty()) {
                streams.err().println("Did you mean " + near + "?");
            }
        }
        streams.err().println("See " + called + " --help");
        return ExitStatus.USAGE;
    }

    private static String nearest(CommandSpec spec, String wrong) {
        List<String> words = new ArrayList<>(spec.subcommands().keySet());
        spec.options().forEach(option -> words.addAll(List.of(option.names())));
        int equals = wrong.indexOf('=');
        String word = equals < 0 ? wrong : wrong.substring(0, equals);
        words.removeIf(w -> w.startsWith("-") != word.startsWith("-"));
        return DidYouMean.nearest(word, words);
    }
}
