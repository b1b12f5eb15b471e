package crosvm.runner.cli;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/** All commands, in the groups and the order of the help. */
final class CommandList {
    private static final Map<String, Map<String, Supplier<Command>>> GROUPS = new LinkedHashMap<>();
    private static final Map<String, Supplier<Command>> BY_NAME = new LinkedHashMap<>();

    private CommandList() {}

    static {
        group("Start and end machines")
                .add("up", UpCommand::new)
                .add("run", RunCommand::new)
                .add("down", DownCommand::new)
                .add("stop", StopCommand::new)
                .add("restart", RestartCommand::new)
                .add("wait", WaitCommand::new)
                .add("rm", RmCommand::new)
                .add("prune", PruneCommand::new);
        group("Observe machines")
                .add("ps", PsCommand::new)
                .add("logs", LogsCommand::new)
                .add("console", ConsoleCommand::new)
                .add("status", StatusCommand::new)
                .add("stats", StatsCommand::new);
        group("Control running machines")
                .add("suspend", SuspendCommand::new)
                .add("resume", ResumeCommand::new)
                .add("powerbtn", PowerbtnCommand::new)
                .add("balloon", BalloonCommand::new)
                .add("disk", DiskCommand::new);
        group("Write and check specs")
                .add("init", InitCommand::new)
                .add("lint", LintCommand::new)
                .add("config", ConfigCommand::new)
                .add("graph", GraphCommand::new)
                .add("schema", SchemaCommand::new)
                .add("doctor", DoctorCommand::new);
        group("Images by URL").add("pull", PullCommand::new).add("images", ImagesCommand::new);
        group("Other")
                .add("device", DeviceCommand::new)
                .add("completion", CompletionCommand::new)
                .add("help", HelpCommand::new)
                .add("version", VersionCommand::new);
    }

    private record Group(Map<String, Supplier<Command>> commands) {
        Group add(String name, Supplier<Command> maker) {
            commands.put(name, maker);
            BY_NAME.put(name, maker);
            return this;
        }
    }

    private static Group group(String title) {
        Map<String, Supplier<Command>> commands = new LinkedHashMap<>();
        GROUPS.put(title, commands);
        return new Group(commands);
    }

    /** What makes each command, by its name. */
    static Map<String, Supplier<Command>> byName() {
        return BY_NAME;
    }

    /** What makes the command of that name; null when there is none. */
    static @Nullable Supplier<Command> maker(String name) {
        return BY_NAME.get(name);
    }

    /** The list for the help: a line for each command, below the title of its group. */
    static String help(CommandSpec root) {
        StringBuilder text = new StringBuilder();
        GROUPS.forEach((title, commands) -> {
            text.append(String.format(Locale.ROOT, "%n%s:%n", title));
            commands.keySet()
                    .forEach(name -> text.append(String.format(
                            Locale.ROOT,
                            "  %-12s%s%n",
                            name,
                            purpose(root.subcommands().get(name).getCommandSpec()))));
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
