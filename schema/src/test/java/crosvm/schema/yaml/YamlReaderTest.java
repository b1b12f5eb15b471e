package crosvm.schema.yaml;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.schema.problem.Problem;
import crosvm.schema.problem.ProblemLog;
import crosvm.schema.problem.SourceText;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which YAML is taken and which is not; what is not stands in {@code RULES.md} under "Which YAML". */
class YamlReaderTest {
    private @Nullable Tree tree;

    private List<Problem> read(String text) {
        SourceText source = new SourceText("f.yaml", text);
        ProblemLog log = new ProblemLog(source);
        tree = YamlReader.read(source, log);
        if (tree != null) {
            new MergeKeys(log).refuse(tree);
        }
        return log.sorted();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a: b",
                "{a: b, c: [d, e,],}",
                "{\"a\":\"b\",\"c\":[1,2]}",
                "a:\n- b\n- c\n",
                "a:\n  - b\n  -\n    c: d\n",
                "- - a\n  - b\n- {c: d}\n",
                "a: |\n  b\n  c\n",
                "a: >-\n  b\n\n  c\n",
                "a: |2\n   b\n",
                "a: b\n  c\n",
                "a: \"b\n  c\"",
                "a: 'it''s'",
                "\"a b\": c",
                "? a\n: b\n",
                "a: &x b\nc: *x\n",
                "- &x a\n- *x : c\n",
                "%YAML 1.2\n---\na: b\n...\n",
                "--- # begin\na: b\n",
                "a: b # c\n# d\n",
                "a:\tb\t# c\n",
                "a: [b,\tc\t]\n",
                "a:\n  - \tb\n",
                "a: \"\\/ \\x41 \\u00e9 \\U0001F600 \\e \\_\"",
                "a: \"\tb\"",
                "a: b:c\nd: http://e/f?g#h\n",
                "a: [b?, -c, d:e]",
                "a: -1\nb: ~\nc: .5\n",
                "a: b\r\nc: d\r\n",
                "\n\n a: b\n c: d\n"
            })
    void takesWhatYaml12Has(String text) {
        assertThat(read(text)).as(text).isEmpty();
        assertThat(tree).isNotNull();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '~', quoteCharacter = '`', textBlock = """
            a: !!str b              ~ yaml-tag
            <<: {a: b}              ~ yaml-merge-key
            a: b\\n---\\nc: d       ~ yaml-several-documents
            [a]: b                  ~ yaml-key-type
            {a: b}: c               ~ yaml-key-type
            "": c                   ~ yaml-key-type
            a: b\\na: c             ~ yaml-duplicate-key
            a: &x [*x]              ~ yaml-recursive-alias
            \\t{a: b}               ~ yaml-tab
            a: b\\n\\tc: d          ~ yaml-tab
            {a\\n: b}               ~ yaml-syntax
            {a: :b}                 ~ yaml-syntax
            [: b]                   ~ yaml-syntax
            : b                     ~ yaml-syntax
            a: &*x b                ~ yaml-syntax
            ...                     ~ yaml-syntax
            """)
    void doesNotTakeWhatTheDocumentSays(String text, String rule) {
        String file = text.replace("\\n", "\n").replace("\\t", "\t");
        assertThat(read(file)).extracting(p -> p.rule().id()).containsExactly(rule);
    }
}
