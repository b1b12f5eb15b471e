package crosvm.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.vmm.control.Operation;
import crosvm.vmm.operation.GuestControl;
import crosvm.vmm.operation.MachineContext;
import crosvm.vmm.operation.Operations;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** What each command must have besides its code; a new one is told here what is missing. */
class CommandListTest {
    private static final Path SOURCES = Path.of("src/main/java/crosvm/runner");
    private static final Path TOP = Path.of("..");

    private final Map<String, CommandLine> commands = Crosvm.commandLine().getSubcommands();

    private static String textOf(Path folder, String ending) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            StringBuilder text = new StringBuilder();
            for (Path file : files.filter(f -> f.toString().endsWith(ending)).toList()) {
                text.append(Files.readString(file));
            }
            return text.toString();
        }
    }

    private static String textOf(Path file) {
        try {
            return Files.isDirectory(file) ? "" : Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void listsEveryClassThatIsACommand() throws IOException {
        try (Stream<Path> files = Files.walk(SOURCES)) {
            String list = Files.readString(SOURCES.resolve("cli/CommandList.java"));
            List<String> classes = files.filter(file -> !textOf(file).contains("\nabstract class "))
                    .map(file -> file.getFileName().toString())
                    .filter(file -> file.endsWith("Command.java") && !file.equals("Command.java"))
                    .map(file -> file.replace(".java", ""))
                    .filter(name -> !list.contains("new " + name + "()"))
                    .toList();
            assertThat(classes).as("commands that CommandList does not have").isEmpty();
        }
    }

    @Test
    void describesEveryCommandWithExamples() {
        assertThat(commands.keySet())
                .as("commands whose help has no description")
                .allMatch(name ->
                        commands.get(name).getCommandSpec().usageMessage().description().length > 0);
        assertThat(commands.keySet())
                .as("commands whose help has no examples: \"Examples:\", and \"  crosvm NAME\" below")
                .filteredOn(name -> !commands.get(name)
                        .getUsageMessage(CommandLine.Help.Ansi.OFF)
                        .matches("(?s).*\nExample[^\n]*:\n.*crosvm " + name + "\\b.*"))
                .isEmpty();
    }

    @Test
    void listsEveryCommandOnALineOfItsOwnInTheHelp() {
        String help = Crosvm.commandLine().getUsageMessage(CommandLine.Help.Ansi.OFF);
        assertThat(commands.keySet())
                .as("commands with a line of at most 80 columns in crosvm --help")
                .allMatch(name ->
                        help.lines().anyMatch(line -> line.matches("  " + name + " +[A-Z].*") && line.length() <= 80));
        assertThat(help.lines().filter(line -> line.startsWith(" ".repeat(8))))
                .as("lines that continue another")
                .isEmpty();
        assertThat(help).containsSubsequence("machines:\n", "specs:\n", "Exit status:\n");
    }

    /** run has the 2018 crosvm's flags, in which -d is a disk; -t of commands in a guest is that of ssh and docker exec. */
    @Test
    void givesAShortOptionTheSameMeaningInAllCommands() {
        Map<String, String> meanings = new TreeMap<>();
        commands.forEach((name, command) -> command.getCommandSpec().options().forEach(option -> {
            for (String flag : option.names()) {
                boolean known = name.equals("run") && List.of("-d", "-t").contains(flag)
                        || name.equals("exec") && flag.equals("-t");
                if (!flag.startsWith("--") && !known) {
                    String meaning = meanings.computeIfAbsent(flag, f -> option.longestName());
                    assertThat(option.longestName()).as(name + " " + flag).isEqualTo(meaning);
                }
            }
        }));
        assertThat(meanings).containsEntry("-d", "--detach").containsEntry("-f", "--follow");
    }

    @Test
    void documentsEveryCommand() throws IOException {
        String documents = Files.readString(TOP.resolve("README.md")) + textOf(TOP.resolve(".github"), ".md");
        assertThat(commands.keySet())
                .as("commands that README.md and the documents in .github speak of: `crosvm NAME`")
                .filteredOn(name -> !documents.matches("(?s).*`(crosvm )?" + name + "[` ].*"))
                .isEmpty();
    }

    @Test
    void givesEveryOperationOfTheControlSocketACommand() throws IOException {
        String sources = textOf(SOURCES, ".java");
        assertThat(operations())
                .as("operations of the control socket that no command asks for by name")
                .filteredOn(name -> !sources.contains("\"" + name + "\""))
                .isEmpty();
    }

    private static List<String> operations() {
        GuestControl guest = (GuestControl) Proxy.newProxyInstance(
                GuestControl.class.getClassLoader(), new Class<?>[] {GuestControl.class}, (proxy, method, a) -> null);
        MachineContext machine = new MachineContext(
                new MachineContext.Identity("web", 1, 1 << 20, null, null),
                null,
                guest,
                List.of(),
                null,
                () -> null,
                Map::of);
        return Operations.of(machine).stream().map(Operation::name).collect(Collectors.toList());
    }
}
