package crosvm.runner.cli;

import crosvm.runner.report.ExitStatus;
import crosvm.runner.report.TextTable;
import crosvm.schema.json.Json;
import crosvm.schema.lint.EffectiveYaml;
import crosvm.schema.lint.SpecHash;
import crosvm.schema.load.LoadResult;
import crosvm.schema.model.VmSpec;
import crosvm.schema.problem.Origin;
import crosvm.schema.write.SpecWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** {@code crosvm config}: the spec that counts, after defaults, variables and overrides. */
final class ConfigCommand implements Command {
    private static final String FORMAT = "--format";
    private static final String PROVENANCE = "--provenance";
    private static final String HASH = "--hash";

    private final SpecSource source = new SpecSource();

    @Override
    public String name() {
        return "config";
    }

    @Override
    public void describe(CommandSpec spec) {
        spec.usageMessage()
                .description("Show the effective spec: defaults, variables and overrides filled in, all paths absolute."
                        + " The output is itself a spec.")
                .footer(
                        "",
                        "Examples:",
                        "  crosvm config web.yaml --format json",
                        "  crosvm config web.yaml --memory 2GiB --provenance",
                        "  crosvm config web.yaml --hash                      the same for specs that mean the same");
        spec.addOption(OptionSpec.builder(FORMAT)
                .paramLabel("yaml|json")
                .type(String.class)
                .completionCandidates(List.of("yaml", "json"))
                .defaultValue("yaml")
                .description("yaml (default) or json.")
                .build());
        spec.addOption(OptionSpec.builder(PROVENANCE)
                .description("Show where each value comes from: default, file and line, flag, environment.")
                .build());
        spec.addOption(OptionSpec.builder(HASH)
                .description("Show only a hash of all values; it does not depend on where the file's folder is.")
                .build());
        source.addTo(spec);
    }

    @Override
    public ExitStatus run(ParseResult arguments, Streams streams) {
        String format = ChoiceOption.of(arguments, FORMAT, List.of("yaml", "json"));
        LoadResult result = source.load(arguments, streams);
        VmSpec spec = result.orThrow();
        if (arguments.hasMatchedOption(HASH)) {
            String hash = SpecHash.of(Objects.requireNonNull(result.draft(), "a spec has its draft"));
            streams.out().println(format.equals("json") ? Json.compact(Map.of("hash", hash)) : hash);
        } else if (arguments.hasMatchedOption(PROVENANCE)) {
            streams.out().print(format.equals("json") ? provenanceJson(result, spec) : provenance(result, spec));
        } else {
            streams.out().print(format.equals("json") ? SpecWriter.toJson(spec) : EffectiveYaml.of(spec));
        }
        return ExitStatus.OK;
    }

    private static String provenanceJson(LoadResult result, VmSpec spec) {
        Map<String, Object> fields = new LinkedHashMap<>();
        SpecWriter.flatten(spec).forEach((path, value) -> {
            Map<String, Object> field = new LinkedHashMap<>();
            field.put("value", value);
            field.put("origin", origin(result, path));
            fields.put(path, field);
        });
        return Json.pretty(fields);
    }

    private static String origin(LoadResult result, String path) {
        return result.origins().getOrDefault(path, Origin.DEFAULT).describe();
    }

    private static TextTable provenance(LoadResult result, VmSpec spec) {
        TextTable table = new TextTable();
        SpecWriter.flatten(spec).forEach((path, value) -> table.row(path, value, origin(result, path)));
        return table;
    }
}
