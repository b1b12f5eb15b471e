package crosvm.schema.lint;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.schema.problem.Rule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class GoldenTest {
    static List<Rule> rules() {
        return Rules.all();
    }

    @ParameterizedTest
    @MethodSource("rules")
    void saysWhatIsCommittedAboutTheWrongExample(Rule rule) {
        String actual = Golden.wrong(rule);
        assertThat(actual).contains("[" + rule.id() + "]");
        assertThat(actual).isEqualTo(Golden.expected(Golden.FOLDER.resolve(rule.id() + ".out"), actual));
    }

    @ParameterizedTest
    @MethodSource("rules")
    void findsNothingInTheRightExample(Rule rule) {
        if (Golden.noFile(rule).isEmpty()) {
            assertThat(Golden.lint(rule, ".ok.yaml").problems()).isEmpty();
        }
    }

    @Test
    void hasNoExampleWithoutARule() throws IOException {
        try (Stream<Path> files = Files.list(Golden.FOLDER)) {
            assertThat(files.map(f -> f.getFileName().toString().replaceFirst("\\..*", "")))
                    .allSatisfy(id -> assertThat(Rules.of(id)).as(id).isNotNull());
        }
    }

    @Test
    void hasAtLeastSixtyRulesWithDifferentIds() {
        assertThat(Rules.all().stream().map(Rule::id))
                .hasSizeGreaterThanOrEqualTo(60)
                .doesNotHaveDuplicates();
        assertThat(Rules.all()).allSatisfy(rule -> {
            assertThat(rule.id()).matches("[a-z0-9]+(-[a-z0-9]+)*");
            assertThat(rule.what()).endsWith(".");
            assertThat(rule.why()).endsWith(".");
        });
    }

    @Test
    void keepsRulesMarkdownUpToDate() {
        Rules.all().forEach(this::saysWhatIsCommittedAboutTheWrongExample);
        Path file = Path.of("RULES.md");
        String actual = RulesDocument.render();
        assertThat(actual)
                .as("run: mvn -pl schema test -Dtest=GoldenTest -Dgolden.update=true, and read the difference")
                .isEqualTo(Golden.expected(file, actual));
    }

    @Test
    void keepsFieldsMarkdownUpToDate() {
        String actual = FieldsDocument.render();
        assertThat(actual)
                .as("run: mvn -pl schema test -Dtest=GoldenTest -Dgolden.update=true, and read the difference")
                .isEqualTo(Golden.expected(Path.of("FIELDS.md"), actual));
    }
}
