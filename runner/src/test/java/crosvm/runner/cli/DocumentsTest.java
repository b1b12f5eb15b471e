package crosvm.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.runner.report.GraphSvg;
import crosvm.schema.load.SpecLoader;
import crosvm.vmm.module.kind.DeviceModules;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** The documents for users. What can be generated is; {@code -Dgolden.update=true} writes it anew. */
class DocumentsTest {
    private static final Path TOP = Path.of("..").toAbsolutePath().normalize();
    private static final Path DOCS = TOP.resolve(".github/docs");

    /** What somebody reads who has not decided yet. */
    private static final int README_LINES = 100;

    private static final Pattern LINK = Pattern.compile("\\]\\(([^)#:]+)(#[^)]*)?\\)");
    private static final Pattern FIELDS = Pattern.compile("\n(Fields of the spec .*?)(?=\n\n\\S|\\z)", Pattern.DOTALL);

    private static void assertAsWrittenDown(Path golden, String text) throws IOException {
        if (Boolean.getBoolean("golden.update")) {
            Files.writeString(golden, text);
        }
        assertThat(text).as(golden.toString()).isEqualTo(Files.readString(golden));
    }

    @Test
    void theReadmeIsShort() throws IOException {
        assertThat(Files.readAllLines(TOP.resolve("README.md"))).hasSizeBetween(40, README_LINES);
    }

    @Test
    void allLinksLeadToFilesOfTheRepository() throws IOException {
        List<String> broken = new ArrayList<>();
        List<Path> documents = new ArrayList<>(
                List.of(TOP.resolve("README.md"), TOP.resolve("CHANGELOG.md"), TOP.resolve("vmm/README.md")));
        try (Stream<Path> files = Files.walk(TOP.resolve(".github"))) {
            files.filter(file -> file.toString().endsWith(".md")).forEach(documents::add);
        }
        int links = 0;
        for (Path document : documents) {
            Matcher link = LINK.matcher(Files.readString(document));
            while (link.find()) {
                links++;
                if (!Files.exists(document.resolveSibling(link.group(1)))) {
                    broken.add(TOP.relativize(document) + ": " + link.group(1));
                }
            }
        }
        assertThat(broken).isEmpty();
        assertThat(links).as("found any").isGreaterThan(20);
    }

    @Test
    void thePictureOfTheReadmeIsThatOfItsSpec() throws IOException {
        Matcher spec = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL)
                .matcher(Files.readString(TOP.resolve("README.md")));
        assertThat(spec.find()).isTrue();
        assertAsWrittenDown(
                DOCS.resolve("graph.svg"),
                GraphSvg.of(DeviceModules.plan(SpecLoader.withEnvironment(Map.of())
                        .load("vm.yaml", spec.group(1), Path.of("/srv/web"))
                        .orThrow())));
    }

    /** The mistakes are put into README's own spec as its sample says. */
    @Test
    void theSampleOfLintIsWhatItSays() throws IOException {
        String readme = Files.readString(TOP.resolve("README.md"));
        Matcher blocks =
                Pattern.compile("```(?:yaml)?\n(.*?)```", Pattern.DOTALL).matcher(readme);
        assertThat(blocks.find()).isTrue();
        String wrong = blocks.group(1).replace("memory:", "memroy:").replace("cpus: 2", "cpus: 0");
        assertThat(blocks.find()).isTrue();
        String sample = blocks.group(1);
        String said = Run.withInput(wrong, "lint", "-").out().replace("<stdin>", "vm.yaml");
        for (String line : sample.lines().toList()) {
            assertThat(said).contains(line.replaceAll(" …$", "").replaceFirst("^vm.yaml", ""));
        }
    }

    @Test
    void theReferenceOfCommandsIsTheirHelp() throws IOException {
        StringBuilder out = new StringBuilder("# Commands\n\nThe help of all commands, generated from the program."
                + " The flags that set fields of a spec are the same everywhere and stand [at the end](#fields).\n");
        CommandLine root = Crosvm.commandLine();
        section(out, "crosvm", help(root));
        String fields = "";
        for (Map.Entry<String, CommandLine> command : new java.util.TreeMap<>(root.getSubcommands()).entrySet()) {
            String help = help(command.getValue());
            Matcher part = FIELDS.matcher(help);
            if (part.find()) {
                fields = part.group(1).length() > fields.length() ? part.group(1) : fields;
                help = part.replaceFirst("\nFields of the spec: see the end of this document.");
            }
            section(out, "crosvm " + command.getKey(), help);
        }
        section(out, "Fields", fields);
        assertAsWrittenDown(DOCS.resolve("commands.md"), out.toString());
    }

    private static void section(StringBuilder out, String title, String text) {
        out.append("\n## ")
                .append(title)
                .append("\n\n```\n")
                .append(text.strip())
                .append("\n```\n");
    }

    private static String help(CommandLine command) {
        StringBuilder help = new StringBuilder(command.getUsageMessage(CommandLine.Help.Ansi.OFF));
        command.getSubcommands()
                .forEach((name, sub) -> help.append('\n')
                        .append(command.getParent() == null ? "" : sub.getUsageMessage(CommandLine.Help.Ansi.OFF)));
        return help.toString();
    }
}
