package crosvm.runner.cli;

import crosvm.runner.cli.MachineArgument.Kind;
import crosvm.runner.report.ExitStatus;
import crosvm.runner.report.StatusText;
import crosvm.schema.json.Json;
import crosvm.schema.model.MemorySize;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * {@code crosvm balloon}: takes memory from a machine's guest, or gives it back. Also in the 2018 crosvm's form, a number of
 * pages and then sockets.
 */
final class BalloonCommand implements Command {
    private static final String SIZE = "--size";
    private static final String STATS = "--stats";
    private static final String PAGES = "-?[0-9]+";

    @Override
    public String name() {
        return "balloon";
    }

    @Override
    public void describe(CommandSpec spec) {
        spec.usageMessage()
                .description(
                        "Show or set the size of a machine's balloon. Memory in the balloon is taken from the guest"
                                + " and returned to the host. The guest needs a balloon driver, and follows when it can.",
                        "",
                        "The form of the 2018 crosvm: PAGES, the number of 4 KiB pages to add or, if negative, to"
                                + " take away, then control sockets.")
                .footer(
                        "",
                        "Examples:",
                        "  crosvm balloon web                     show its target and actual size",
                        "  crosvm balloon web --size 128MiB       set its size to 128 MiB",
                        "  crosvm balloon web --stats             show the guest's memory statistics",
                        "  crosvm balloon 1000 /run/crosvm.sock   add 1000 pages",
                        "  crosvm balloon -1000 /run/crosvm.sock  take 1000 pages away");
        spec.addPositional(PositionalParamSpec.builder()
                .index("0..*")
                .arity("0..*")
                .paramLabel("[PAGES] " + MachineArgument.LABEL)
                .type(List.class)
                .auxiliaryTypes(String.class)
                .description(
                        "Running machines: names, files or folders of specs, or control sockets (with a / in them); PAGES"
                                + " before them. Default: that of ./vm.yaml, or without that file the only one that is"
                                + " running.")
                .build());
        spec.addOption(OptionSpec.builder(SIZE)
                .paramLabel("SIZE")
                .type(String.class)
                .description("The size of the balloon: 128MiB, 1GiB, or a plain number of MiB.")
                .build());
        FormatOption.addDescribed(
                spec, "text, or json: an object a machine, sizes in bytes. Default: text.", "text", "json");
        spec.addOption(OptionSpec.builder(STATS)
                .description("Ask the guest for its memory statistics.")
                .build());
    }

    /** A negative number is an argument, though it begins like an option. */
    @Override
    public List<String> arguments(List<String> given) {
        for (int i = 1; i < given.size(); i++) {
            if (given.get(i).equals("--")) {
                return given;
            }
            if (given.get(i).startsWith("-")
                    && given.get(i).matches(PAGES)
                    && !given.get(i - 1).equals(SIZE)) {
                return java.util.stream.Stream.of(given.subList(0, i), List.of("--"), given.subList(i, given.size()))
                        .flatMap(List::stream)
                        .toList();
            }
        }
        return given;
    }

    @Override
    public ExitStatus run(ParseResult arguments, Streams streams) {
        List<String> words = MachineArgument.words(arguments);
        boolean byPages = words.size() > 1 && words.get(0).matches(PAGES);
        String size = arguments.matchedOptionValue(SIZE, (String) null);
        boolean stats = arguments.hasMatchedOption(STATS);
        if ((byPages ? 1 : 0) + (size == null ? 0 : 1) + (stats ? 1 : 0) > 1) {
            throw usage(arguments, "PAGES, " + SIZE + " and " + STATS + " are mutually exclusive");
        }
        Map<String, Object> change = byPages
                ? Map.of("pages", pages(arguments, words.get(0)))
                : size == null ? Map.of() : Map.of("size", bytes(arguments, size));
        List<String> machines = MachineArgument.several(
                arguments, byPages ? words.subList(1, words.size()) : words, Kind.RUNNING, streams);
        boolean json = FormatOption.isJson(arguments);
        return MachineArgument.forEach(
                machines,
                streams,
                machine -> MachineArgument.with(machine, streams, client -> {
                    Map<String, @Nullable Object> facts =
                            stats ? client.ask("balloon-stats", Map.of()) : client.ask("balloon", change);
                    if (json) {
                        streams.out().print(Json.pretty(named(MachineArgument.shown(machine, streams), facts)));
                    } else if (stats || change.isEmpty()) {
                        String text = stats ? StatusText.figures(facts) : StatusText.balloon(facts) + "\n";
                        streams.out()
                                .print(
                                        machines.size() > 1
                                                ? MachineArgument.shown(machine, streams)
                                                        + (stats ? ":\n" : ": ")
                                                        + text
                                                : text);
                    }
                    return client;
                }));
    }

    private static Map<String, @Nullable Object> named(String machine, Map<String, @Nullable Object> facts) {
        Map<String, @Nullable Object> all = new LinkedHashMap<>();
        all.put("name", machine);
        all.putAll(facts);
        return all;
    }

    private static long pages(ParseResult arguments, String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw usage(arguments, "PAGES: " + text + " does not fit in 64 bits");
        }
    }

    private static long bytes(ParseResult arguments, String text) {
        try {
            return MemorySize.parse(text).bytes();
        } catch (IllegalArgumentException e) {
            throw usage(arguments, "Invalid value for option '" + SIZE + "': " + e.getMessage());
        }
    }

    private static ParameterException usage(ParseResult arguments, String message) {
        return new ParameterException(arguments.commandSpec().commandLine(), message);
    }
}
