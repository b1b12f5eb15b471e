package crosvm.runner.cli;

import crosvm.schema.bind.SpecOverrides;
import crosvm.schema.model.FieldDoc;
import crosvm.schema.model.FieldInfo;
import crosvm.schema.model.FieldType;
import crosvm.schema.model.ScalarKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.ISetter;
import picocli.CommandLine.Model.OptionSpec;

/**
 * The flags that override fields of the spec: one for each field of the model that has one, and {@code --set} for all.
 * Which comes later on the command line wins, whatever their kinds. Used by one thread.
 */
final class SpecFlags {
    /** What tells these options from a command's others. */
    private static final String FIELDS = "fields";

    private static final String SET = "--set";
    private static final String NO_SANDBOX = "--disable-sandbox";
    private static final String MULTIPROCESS = "--multiprocess";
    private static final String MULTIPROCESS_SHORT = "-u";
    private static final List<String> OTHERS = List.of(SET, NO_SANDBOX, MULTIPROCESS, MULTIPROCESS_SHORT);

    private final SpecOverrides.Builder overrides = SpecOverrides.builder();
    private final List<String> words = new ArrayList<>();

    /** What the flags given so far amount to; call it after parsing. */
    SpecOverrides overrides() {
        return overrides.build();
    }

    /** The same flags as words of a command line, in their order. */
    List<String> words() {
        return List.copyOf(words);
    }

    /** Whether the machine's name is among them. */
    boolean isNamed() {
        return words.stream().anyMatch(word -> word.startsWith("--name=") || word.startsWith("name="));
    }

    private void take(String flag, String value) {
        words.add(flag + "=" + value);
        overrides.flag(flag, value);
    }

    private void set(String assignment) {
        words.addAll(List.of(SET, assignment));
        overrides.set(assignment);
    }

    /** For flags of a command's own that change fields too; they keep their place in the order. */
    SpecOverrides.Builder builder() {
        return overrides;
    }

    /**
     * Adds the flags to a command; a name the command has already keeps the command's meaning.
     *
     * @param given those that are wanted: picocli takes 0.1 to 0.2 ms to describe one, and there are dozens
     */
    void addTo(CommandSpec spec, GivenOptions given) {
        Set<String> taken = Set.copyOf(spec.optionsMap().keySet());
        SpecOverrides.flags().forEach((flag, field) -> {
            List<String> names = names(flag, field, taken);
            if (!taken.contains(flag) && given.mayBe(names)) {
                spec.addOption(option(flag, field, names));
            }
        });
        if (given.mayBe(OTHERS)) {
            addOthers(spec);
        }
    }

    private void addOthers(CommandSpec spec) {
        spec.addOption(flag(SET)
                .paramLabel("PATH=VALUE")
                .type(String.class)
                .setter(collect(this::set))
                .description("Set any field: --set disks.root.path=x.img. List items are addressed by id or index.")
                .build());
        spec.addOption(flag(NO_SANDBOX)
                .type(Boolean.class)
                .arity("0")
                .setter(collect(on -> take("--sandbox", "false")))
                .description("The same as --no-sandbox, as in the 2018 crosvm.")
                .build());
        spec.addOption(flag(MULTIPROCESS_SHORT, MULTIPROCESS)
                .description("Accepted, as in the 2018 crosvm; every device has its own process anyway.")
                .build());
    }

    /**
     * Puts a command's flags under a heading of their own in its help. Not for a run: whenever it parses, picocli describes each group, which
     * takes longer than the rest of the parse.
     */
    static void groupIn(CommandSpec spec) {
        List<OptionSpec> flags = new ArrayList<>();
        for (OptionSpec option : spec.options()) {
            if (FIELDS.equals(option.userObject())) {
                flags.add(option);
            }
        }
        if (flags.isEmpty()) {
            return;
        }
        ArgGroupSpec.Builder group = ArgGroupSpec.builder()
                .exclusive(false)
                .multiplicity("0..1")
                .heading("%nFields of the spec (each flag sets the field of that name in the file):%n")
                .validate(false)
                .order(1000);
        // A loop and no method reference: to link one makes an archive link picocli's class, and one so old that is
        // linked is left out.
        for (OptionSpec flag : flags) {
            spec.remove(flag);
            group.addArg(flag);
        }
        spec.addArgGroup(group.build());
    }

    private static OptionSpec.Builder flag(String... names) {
        return OptionSpec.builder(names).userObject(FIELDS);
    }

    private static List<String> names(String flag, FieldInfo field, Set<String> taken) {
        String brief = field.doc().shortFlag();
        return brief.isEmpty() || taken.contains(brief) ? List.of(flag) : List.of(brief, flag);
    }

    private OptionSpec option(String flag, FieldInfo field, List<String> names) {
        OptionSpec.Builder option = flag(names.toArray(new String[0]))
                .description(description(field))
                .paramLabel(label(field));
        if (isBoolean(field)) {
            return option.type(Boolean.class)
                    .arity("0..1")
                    .fallbackValue("true")
                    .negatable(true)
                    .setter(collect(value -> take(flag, value)))
                    .build();
        }
        if (field.type() instanceof FieldType.Scalar scalar && scalar.kind() == ScalarKind.WORD) {
            option.completionCandidates(scalar.words());
        }
        return option.type(String.class)
                .setter(collect(value -> take(flag, value)))
                .build();
    }

    private static String description(FieldInfo field) {
        FieldDoc doc = field.doc();
        String text = doc.value().replace("%", "%%");
        if (!doc.defaultValue().isEmpty()) {
            text += " Default: " + doc.defaultValue() + ".";
        }
        return field.type() instanceof FieldType.Items ? text + " Can be given more than once." : text;
    }

    private static boolean isBoolean(FieldInfo field) {
        return field.type() instanceof FieldType.Scalar scalar && scalar.kind() == ScalarKind.BOOLEAN;
    }

    private static String label(FieldInfo field) {
        FieldType type = field.type() instanceof FieldType.Items items ? items.element() : field.type();
        if (type instanceof FieldType.Group group) {
            String first = group.info().shorthand() == null
                    ? ""
                    : group.info().shorthand().name().toUpperCase(Locale.ROOT) + ",";
            return first + "KEY=VALUE,...";
        }
        if (type instanceof FieldType.Entries) {
            return "NAME=VALUE";
        }
        FieldType.Scalar scalar = (FieldType.Scalar) type;
        return switch (scalar.kind()) {
            case WORD -> String.join("|", scalar.words());
            case BOOLEAN -> "true|false";
            case INTEGER -> "N";
            case SIZE -> "SIZE";
            case PATH -> "FILE";
            case TEXT -> doc(field);
            case WRITES -> "keep|discard|FILE";
            case MAC -> "MAC";
            case IPV4 -> "ADDRESS";
            case CORES -> "CORES";
            case TIME -> "TIME";
            case FORWARD -> "HOST:GUEST";
        };
    }

    private static String doc(FieldInfo field) {
        return field.doc().words() ? "WORD" : field.name().toUpperCase(Locale.ROOT);
    }

    /** Hands each occurrence on in the order of the command line; picocli's reset to "not given" is none. */
    static ISetter collect(Consumer<String> sink) {
        return new ISetter() {
            @Override
            @SuppressWarnings("TypeParameterUnusedInFormals")
            public <T> T set(T value) {
                if (value != null) {
                    sink.accept(String.valueOf(value));
                }
                return value;
            }
        };
    }
}
