package crosvm.vmm.operation;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.vmm.control.Operation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What each operation must have besides its code; a new one is told here what is missing. */
class OperationsTest {
    private static final Path ROOM = Path.of("src/main/java/crosvm/vmm/operation");
    private static final Path DOCUMENT = ROOM.resolve("package-info.java");

    private final List<Operation> all = Operations.of(new FakeGuest().machine());

    @Test
    void listsEveryClassThatIsAnOperation() throws IOException {
        try (Stream<Path> files = Files.list(ROOM)) {
            List<String> classes = files.map(file -> file.getFileName().toString())
                    .filter(file -> file.endsWith("Operation.java"))
                    .map(file -> file.replace(".java", ""))
                    .sorted()
                    .toList();
            assertThat(classes)
                    .as("classes in %s, and the list in Operations.of", ROOM)
                    .isEqualTo(all.stream()
                            .map(o -> o.getClass().getSimpleName())
                            .sorted()
                            .toList());
        }
    }

    @Test
    void givesEveryOperationANameOfItsOwnAndHelpOnOneLine() {
        assertThat(all).extracting(Operation::name).doesNotHaveDuplicates().allMatch(n -> n.matches("[a-z][a-z-]*"));
        assertThat(all).allSatisfy(operation -> {
            assertThat(operation.help()).as("help of %s", operation.name()).matches("[a-z][^\n]+[^.\n]");
            assertThat(operation.arguments())
                    .as("arguments of %s: name and help", operation.name())
                    .allMatch(argument -> argument.name().matches("[a-z][A-Za-z]*")
                            && argument.help().matches("[^\n]+[^.\n]"));
        });
    }

    @Test
    void documentsEveryOperation() throws IOException {
        String rows = all.stream().map(OperationsTest::row).collect(Collectors.joining());
        assertThat(Files.readString(DOCUMENT))
                .as("the table in %s; for a new operation or a new text, make it these rows:\n%s", DOCUMENT, rows)
                .contains(" * <caption>Commands and their arguments</caption>\n" + rows + " * </table>\n");
    }

    private static String row(Operation operation) {
        String arguments = operation.arguments().stream()
                .map(argument -> argument.name() + ": " + argument.help())
                .collect(Collectors.joining(".<br>"));
        return wrapped("<tr><td>" + operation.name() + "</td><td>" + operation.help() + "</td><td>" + arguments
                + "</td></tr>");
    }

    private static String wrapped(String text) {
        StringBuilder lines = new StringBuilder(" *");
        int column = 2;
        for (String word : text.split(" ")) {
            if (column + 1 + word.length() > 120) {
                lines.append("\n *");
                column = 2;
            }
            lines.append(' ').append(word);
            column += 1 + word.length();
        }
        return lines.append('\n').toString();
    }
}
