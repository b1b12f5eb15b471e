package crosvm.runner.cli;

import crosvm.runner.report.ExitStatus;
import crosvm.schema.json.Json;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code crosvm version}: what {@code --version} shows. */
final class VersionCommand implements Command {
    @Override
    public String name() {
        return "version";
    }

    @Override
    public void describe(CommandSpec spec) {
        spec.usageMessage()
                .description("Show the version of crosvm and the Java that runs it, as --version does.")
                .footer("", "Examples:", "  crosvm version", "  crosvm version --format json");
        FormatOption.addTo(spec, "text", "json");
    }

    @Override
    public ExitStatus run(ParseResult arguments, Streams streams) {
        if (FormatOption.isJson(arguments)) {
            streams.out().print(Json.pretty(Version.facts()));
        } else {
            streams.out().println(Version.text());
        }
        return ExitStatus.OK;
    }
}
