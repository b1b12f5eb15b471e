package crosvm.runner.cli;

import crosvm.runner.report.ExitStatus;
import crosvm.runner.report.TextTable;
import crosvm.schema.json.Json;
import crosvm.schema.lint.EffectiveYaml;
import crosvm.schema.lint.SpecHash;
import crosvm.schema.load.Fleet;
import crosvm.schema.load.LoadedSpec.Loaded;
import crosvm.schema.model.VmSpec;
import crosvm.schema.problem.Origin;
import crosvm.schema.write.SpecWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
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
        spec.addPositional(PositionalParamSpec.builder()
                .index("1..*")
                .arity("0..*")
                .paramLabel("NAME")
                .type(List.class)
                .auxiliaryTypes(String.class)
                .description("Machines of a file of several; all of them by default.")
                .build());
    }

    @Override
    public SpecFlags flags() {
        return source.flags();
    }

    @Override
    public ExitStatus run(ParseResult arguments, Streams streams) {
        String format = ChoiceOption.of(arguments, FORMAT, List.of("yaml", "json"));
        LoadedGroup loaded = source.loadOne(MachineArgument.words(arguments), arguments, streams);
        List<Loaded> machines = loaded.machines();
        boolean json = format.equals("json");
        if (arguments.hasMatchedOption(HASH)) {
            String hash = hash(loaded.spec().fleet(), machines);
            streams.out().println(json ? Json.compact(Map.of("hash", hash)) : hash);
        } else if (arguments.hasMatchedOption(PROVENANCE)) {
            streams.out()
                    .print(
                            json
                                    ? provenanceJson(loaded.spec().fleet(), machines)
                                    : provenance(loaded.spec().fleet(), machines)
                                            .toString());
        } else if (loaded.spec().fleet() != null) {
            Map<String, Object> fleet = FleetMap.of(loaded.spec().fleet(), machines);
            streams.out().print(json ? Json.pretty(fleet) : EffectiveYaml.of(fleet));
        } else {
            VmSpec spec = LoadedGroup.spec(machines.get(0));
            streams.out().print(json ? SpecWriter.toJson(spec) : EffectiveYaml.of(spec));
        }
        return ExitStatus.OK;
    }

    /** Of several machines one that depends on each of theirs, and on the networks between them. */
    private static String hash(@Nullable Fleet fleet, List<Loaded> machines) {
        List<String> hashes = new ArrayList<>();
        machines.forEach(machine ->
                hashes.add(SpecHash.of(Objects.requireNonNull(machine.result().draft(), "a spec has its draft"))));
        if (fleet == null) {
            return hashes.get(0);
        }
        Map<String, Object> networks = networks(fleet, machines);
        if (!networks.isEmpty()) {
            hashes.add(Json.compact(networks));
        }
        return SpecHash.of(hashes);
    }

    /** What comes before the paths of a machine's fields. */
    private static String prefix(Loaded loaded) {
        Fleet.Machine machine = loaded.machine();
        return machine == null ? "" : "machines." + machine.shortName() + ".";
    }

    private static String provenanceJson(@Nullable Fleet fleet, List<Loaded> machines) {
        Map<String, Object> fields = new LinkedHashMap<>();
        values(fleet, machines).forEach((path, value) -> {
            Map<String, Object> field = new LinkedHashMap<>();
            field.put("value", value.text());
            field.put("origin", value.origin().describe());
            fields.put(path, field);
        });
        return Json.pretty(fields);
    }

    private static TextTable provenance(@Nullable Fleet fleet, List<Loaded> machines) {
        TextTable table = new TextTable();
        values(fleet, machines)
                .forEach((path, value) ->
                        table.row(path, value.text(), value.origin().describe()));
        return table;
    }

    /** A value and where it comes from. */
    private record Value(String text, Origin origin) {}

    /** All values by their path in the file: of the networks between machines first, as there. */
    private static Map<String, Value> values(@Nullable Fleet fleet, List<Loaded> machines) {
        Map<String, Value> values = new LinkedHashMap<>();
        if (fleet != null) {
            SpecWriter.flatten(networks(fleet, machines))
                    .forEach((path, text) -> values.put(
                            "networks." + path,
                            new Value(text, fleet.networkOrigins().getOrDefault(path, Origin.DEFAULT))));
        }
        for (Loaded machine : machines) {
            SpecWriter.flatten(LoadedGroup.spec(machine))
                    .forEach((path, text) -> values.put(
                            prefix(machine) + path,
                            new Value(text, machine.result().origins().getOrDefault(path, Origin.DEFAULT))));
        }
        return values;
    }

    private static Map<String, Object> networks(Fleet fleet, List<Loaded> machines) {
        return FleetMap.networks(
                fleet,
                machines.stream()
                        .map(loaded -> Objects.requireNonNull(loaded.machine()).shortName())
                        .collect(Collectors.toSet()));
    }
}
