package crosvm.runner.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/** All commands, in the groups and the order of the help. */
final class CommandList {
    private static final Map<String, List<String>> GROUPS = new LinkedHashMap<>();

    private CommandList() {}

    static {
        GROUPS.put("Start and end machines", List.of("up", "run", "down", "stop", "restart", "wait", "rm", "prune"));
        GROUPS.put("Observe machines", List.of("ps", "logs", "console", "status", "stats", "metrics", "events"));
        GROUPS.put("Control running machines", List.of("suspend", "resume", "powerbtn", "balloon", "disk"));
        GROUPS.put("Reach guests without a network", List.of("ssh", "exec", "cp", "ssh-config", "vsock"));
        GROUPS.put(
                "Write and check specs",
                List.of("init", "lint", "config", "graph", "schema", "doctor", "export", "convert"));
        GROUPS.put("Images by URL", List.of("pull", "images"));
        GROUPS.put("Other", List.of("serve", "device", "receive", "completion", "help", "version"));
    }

    /**
     * The command of that name, new; null when there is none. A switch and no table of constructors: linking one method reference
     * a command would take longer at each start than to look for the one that is meant.
     */
    static @Nullable Command make(String name) {
        return switch (name) {
            case "up" -> new UpCommand();
            case "run" -> new RunCommand();
            case "down" -> new DownCommand();
            case "stop" -> new StopCommand();
            case "restart" -> new RestartCommand();
            case "wait" -> new WaitCommand();
            case "rm" -> new RmCommand();
            case "prune" -> new PruneCommand();
            case "ps" -> new PsCommand();
            case "logs" -> new LogsCommand();
            case "console" -> new ConsoleCommand();
            case "status" -> new StatusCommand();
            case "stats" -> new StatsCommand();
            case "metrics" -> new MetricsCommand();
            case "events" -> new EventsCommand();
            case "suspend" -> new SuspendCommand();
            case "resume" -> new ResumeCommand();
            case "powerbtn" -> new PowerbtnCommand();
            case "balloon" -> new BalloonCommand();
            case "disk" -> new DiskCommand();
            case "ssh" -> new SshCommand();
            case "exec" -> new ExecCommand();
            case "cp" -> new CpCommand();
            case "ssh-config" -> new SshConfigCommand();
            case "vsock" -> new VsockCommand();
            case "init" -> new InitCommand();
            case "lint" -> new LintCommand();
            case "config" -> new ConfigCommand();
            case "graph" -> new GraphCommand();
            case "schema" -> new SchemaCommand();
            case "doctor" -> new DoctorCommand();
            case "export" -> new ExportCommand();
            case "convert" -> new ConvertCommand();
            case "pull" -> new PullCommand();
            case "images" -> new ImagesCommand();
            case "serve" -> new ServeCommand();
            case "device" -> new DeviceCommand();
            case "receive" -> new ReceiveCommand();
            case "completion" -> new CompletionCommand();
            case "help" -> new HelpCommand();
            case "version" -> new VersionCommand();
            default -> null;
        };
    }

    /** The names of all commands. */
    static List<String> names() {
        List<String> names = new ArrayList<>();
        GROUPS.values().forEach(names::addAll);
        return names;
    }

    /** All commands, new. */
    static List<Command> makeAll() {
        List<Command> all = new ArrayList<>();
        names().forEach(name -> all.add(Objects.requireNonNull(make(name), name)));
        return all;
    }

    /** The list for the help: a line for each command, below the title of its group. */
    static String help(CommandSpec root) {
        StringBuilder text = new StringBuilder();
        GROUPS.forEach((title, commands) -> {
            text.append(String.format(Locale.ROOT, "%n%s:%n", title));
            commands.forEach(name -> text.append(String.format(
                    Locale.ROOT,
                    "  %-12s%s%n",
                    name,
                    purpose(Objects.requireNonNull(root.subcommands().get(name), name)
                            .getCommandSpec()))));
        });
        return text.toString();
    }

    /** What a command is for, in a line: its first sentence up to the first comma, colon or semicolon. */
    static String purpose(CommandSpec command) {
        return firstSentence(command.usageMessage().description()[0]).split("[,:;] ", 2)[0];
    }

    /** Without the full stop. */
    static String firstSentence(String text) {
        int end = text.indexOf(". ");
        String sentence = end < 0 ? text : text.substring(0, end);
        return sentence.endsWith(".") ? sentence.substring(0, sentence.length() - 1) : sentence;
    }
}
