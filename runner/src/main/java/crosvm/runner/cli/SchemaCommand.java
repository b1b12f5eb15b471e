package crosvm.runner.cli;

import crosvm.runner.report.ExitStatus;
import crosvm.schema.lint.JsonSchema;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code crosvm schema}: the JSON Schema of specs. */
final class SchemaCommand implements Command {
    @Override
    public String name() {
        return "schema";
    }

    @Override
    public void describe(CommandSpec spec) {
        spec.usageMessage()
                .description("Print the JSON Schema (draft 2020-12) of specs, for editors and other programs.")
                .footer(
                        "",
                        "Example:",
                        "  crosvm schema >vm.schema.json",
                        "  and as the first line of vm.yaml: # yaml-language-server: $schema=vm.schema.json");
    }

    @Override
    public ExitStatus run(ParseResult arguments, Streams streams) {
        streams.out().print(JsonSchema.render());
        return ExitStatus.OK;
    }
}
