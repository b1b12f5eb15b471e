package crosvm.runner.cli;

import crosvm.runner.instance.LeftState;
import crosvm.runner.instance.StateFolder;
import crosvm.runner.instance.StateFolders;
import crosvm.runner.report.ExitStatus;
import crosvm.schema.json.Json;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** {@code crosvm prune}: removes what all machines that have ended have left. */
final class PruneCommand implements Command {
    private static final String DRY_RUN = "--dry-run";

    @Override
    public String name() {
        return "prune";
    }

    @Override
    public void describe(CommandSpec spec) {
        spec.usageMessage()
                .description(
                        "Remove log and status of all machines that have ended, or were killed: those of crosvm ps -a that"
                                + " crosvm ps does not list. Specs and disks are never touched.")
                .footer("", "Examples:", "  crosvm prune", "  crosvm prune --dry-run");
        spec.addOption(OptionSpec.builder(DRY_RUN)
                .description("Print the machines, and remove nothing.")
                .build());
        FormatOption.addDescribed(
                spec, "text, or json: an object a machine, a line each. Default: text.", "text", "json");
    }

    @Override
    public ExitStatus run(ParseResult arguments, Streams streams) {
        boolean json = FormatOption.isJson(arguments);
        boolean dry = arguments.hasMatchedOption(DRY_RUN);
        List<String> left = StateFolders.of(streams.environment()).folders().stream()
                .filter(folder -> LeftState.of(folder).isRemovable())
                .map(StateFolder::name)
                .toList();
        if (left.isEmpty() && !json) {
            streams.out().println("nothing to remove");
        }
        return MachineArgument.forEach(left, streams, name -> {
            if (dry) {
                streams.out().println(json ? Json.compact(Map.of("name", name, "removed", false)) : name);
            } else if (LeftState.of(StateFolders.of(streams.environment()).of(name))
                    .tryRemove()) {
                RmCommand.tell(name, json, streams);
            }
        });
    }
}
