package crosvm.schema.lint;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import crosvm.schema.bind.FieldRule;
import crosvm.schema.problem.Position;
import crosvm.schema.problem.Problem;
import crosvm.schema.problem.Severity;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;

class ReportFormatTest {
    private static final String NASTY = "100%, a:b\r\n<\"&\u0007\u001b]\ud83d\ude00";

    @Test
    void writesTextWithACaretAndASummary() {
        assertThat(ReportFormat.TEXT.render(twelve(), false))
                .contains("vm.yaml:3:1: error: unknown key \"memroy\" [unknown-key]\n    memroy: 1\n    ^~~~~~\n")
                .endsWith("2 files, 12 errors, 1 warning\n")
                .doesNotContain("\u001b");
    }

    @Test
    void coloursTextOnlyWhenAsked() {
        String coloured = ReportFormat.TEXT.render(twelve(), true);
        assertThat(coloured).contains("\u001b[1;31merror:\u001b[0m", "\u001b[1;33mwarning:\u001b[0m");
        assertThat(coloured.replaceAll("\u001b\\[[0-9;]*m", "")).isEqualTo(ReportFormat.TEXT.render(twelve(), false));
    }

    @ParameterizedTest
    @EnumSource(ReportFormat.class)
    void namesEveryProblemInEveryFormat(ReportFormat format) {
        String text = format.render(twelve(), false);
        assertThat(twelve().problems())
                .hasSize(13)
                .allSatisfy(p -> assertThat(text).contains(p.rule().id()));
        int count = twelve().problems().size();
        String mark = switch (format) {
            case TEXT -> "vm.yaml:\\d+:\\d+: (error|warning)";
            case JSON -> "\"severity\": ";
            case JSONL -> "\"severity\":";
            case SARIF -> "\"ruleId\": ";
            case GITHUB -> "(?m)^::(error|warning) file=vm.yaml,line=\\d+";
            case JUNIT -> "<failure ";
            case GITLAB -> "\"check_name\": ";
        };
        assertThat(text.split(mark, -1)).hasSize(count + 1);
    }

    @Test
    void writesSarifThatItsSchemaAccepts() throws Exception {
        Schema schema;
        try (InputStream in =
                ReportFormatTest.class.getClassLoader().getResourceAsStream("schema/sarif-schema-2.1.0.json")) {
            String text = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
            schema = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_7)
                    .getSchema(text, InputFormat.JSON);
        }
        for (LintReport report : List.of(twelve(), nasty(), new LintReport(List.of(), List.of()))) {
            assertThat(schema.validate(ReportFormat.SARIF.render(report, false), InputFormat.JSON))
                    .isEmpty();
        }
        String broken = ReportFormat.SARIF.render(twelve(), false).replace("\"startLine\": 3", "\"startLine\": 0");
        assertThat(schema.validate(broken, InputFormat.JSON)).isNotEmpty();
    }

    @Test
    void encodesFileNamesInSarif() {
        assertThat(ReportFormat.SARIF.render(twelve(), false))
                .contains("\"version\": \"", "\"informationUri\": \"urn:crosvm:lint\"", "\"markdown\": \"**")
                .contains("Wrong:\\n\\n```yaml\\n")
                .doesNotContain("${project");
        assertThat(ReportFormat.SARIF.render(nasty(), false)).contains("\"uri\": \"./a%20b,c:d.yaml\"");
        assertThat(ReportFormat.SARIF.render(new LintReport(List.of("/x/ü.yaml"), List.of()), false))
                .contains("\"uri\": \"file:/x/%C3%BC.yaml\"");
    }

    @Test
    void escapesWorkflowCommands() {
        assertThat(ReportFormat.GITHUB.render(nasty(), false))
                .isEqualTo("::error file=a b%2Cc%3Ad.yaml,line=2,endLine=2,col=3,endColumn=4,title=bad-name::"
                        + "x: 100%25, a:b%0D%0A<\"&\u0007\u001b]\ud83d\ude00 [bad-name]%0Ahint%25\n");
    }

    @Test
    void writesWellFormedXml() throws Exception {
        for (LintReport report : List.of(twelve(), nasty())) {
            Document xml = DocumentBuilderFactory.newInstance()
                    .newDocumentBuilder()
                    .parse(new InputSource(new StringReader(ReportFormat.JUNIT.render(report, false))));
            assertThat(xml.getElementsByTagName("failure").getLength())
                    .isEqualTo(report.problems().size());
            assertThat(xml.getDocumentElement().getAttribute("failures"))
                    .isEqualTo("" + report.problems().size());
        }
        assertThat(ReportFormat.JUNIT.render(new LintReport(List.of("ok.yaml"), List.of()), false))
                .contains("tests=\"1\" failures=\"0\"", "<testcase classname=\"crosvm lint\" name=\"ok.yaml\"/>");
    }

    @ParameterizedTest
    @EnumSource(
            value = ReportFormat.class,
            names = {"JSON", "JSONL", "SARIF", "GITLAB"})
    void writesValidJson(ReportFormat format) {
        Schema anything = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                .getSchema("{\"type\": [\"object\", \"array\"]}", InputFormat.JSON);
        for (LintReport report : List.of(twelve(), nasty())) {
            String text = format.render(report, false);
            List<String> documents = format == ReportFormat.JSONL ? text.lines().toList() : List.of(text);
            documents.forEach(
                    d -> assertThat(anything.validate(d, InputFormat.JSON)).isEmpty());
        }
    }

    @Test
    void givesEveryGitlabIssueItsOwnLastingFingerprint() {
        List<String> prints = fingerprints(lint("kernel: {builtin: hello}\nfoo: 1\nbar: 1\nfoo: 2\n"));
        assertThat(prints).hasSize(3).doesNotHaveDuplicates();
        assertThat(fingerprints(lint("# one line more\nkernel: {builtin: hello}\nfoo: 1\nbar: 1\nfoo: 2\n")))
                .containsExactlyElementsOf(prints);
    }

    private static List<String> fingerprints(LintReport report) {
        return ReportFormat.GITLAB
                .render(report, false)
                .lines()
                .filter(l -> l.contains("fingerprint"))
                .toList();
    }

    private static LintReport nasty() {
        Problem problem = new Problem(
                "a b,c:d.yaml",
                new Position(2, 3, 5),
                Severity.ERROR,
                FieldRule.BAD_NAME,
                NASTY,
                "x",
                "hint%",
                "tab\there",
                1);
        return new LintReport(List.of("a b,c:d.yaml"), List.of(problem));
    }

    private static LintReport twelve() {
        return Linter.create(Map.of())
                .add("ok.yaml", "kernel: {builtin: hello}".getBytes(StandardCharsets.UTF_8), Path.of("/specs"))
                .add("vm.yaml", TWELVE.getBytes(StandardCharsets.UTF_8), Path.of("/specs"))
                .report();
    }

    private static LintReport lint(String text) {
        return Linter.create(Map.of())
                .add("vm.yaml", text.getBytes(StandardCharsets.UTF_8), Path.of("/specs"))
                .report();
    }

    private static final String TWELVE = """
            name: my machine
            kernel: {image: vmlinuz, initrd: ~/initrd}
            memroy: 1
            cpus: 0
            cpus: 2
            disks:
              - {path: a.img, root: yes}
              - {readOnly: true}
            networks:
              - {tap: tap0, mac: "01:00:00:00:00:00", queues: 12}
              - {hostIp: 10.0.0.0, netmask: 255.0.0.0}
            restart: sometimes
            control: /tmp/x
            sandbox: {devices: {gpu: thread}}
            """;
}
