package crosvm.schema.load;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.schema.bind.FieldRule;
import crosvm.schema.bind.SpecOverrides;
import crosvm.schema.problem.Position;
import crosvm.schema.problem.Problem;
import crosvm.schema.yaml.YamlRule;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What people read about mistakes: at the right place, in words of the spec, and one complaint for one mistake. */
class MessagesTest {
    private static final Path FOLDER = Path.of("/specs");

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            kernel: "vmlinuz\\ncpus: 1\\n                | 1:9  | quotes that open here are never closed |
            kernel: image: vmlinuz                      | 1:14 | no key can stand here                  | needs quotes
            kernel:\\n  image: a\\n   initrd: b         | 3:10 | no key can stand here                  | indented
            kernel: {image: a\\ncpus: 2                 | 1:9  | { that opens here is never closed     | write }
            kernel: {image: a initrd: b}                | 1:25 | expected , or } here                  | is a comma missing
            disks: [{path: a], {path: b}]               | 1:17 | this ] does not close the { at line 1, column 9 | write }
            disks: [a]]                                 | 1:11 | this ] closes no bracket              | take it out
            disks: [{path: a},                          | 1:8  | [ that opens here is never closed     | write ]
            kernel: {image:                             | 1:9  | { that opens here is never closed     | write }
            disks: [a, , b]                             | 1:12 | a value is missing                    |
            disks: [{path: a, id: b, x: [c]             | 1:9  | { that opens here is never closed     |
            // a comment\\nkernel: x                    | 1:1  | // does not start a comment           | comments start with #
            kernel: x\\n// a comment                    | 2:1  | // does not start a comment           | comments start with #
            kernel: "x" y                               | 1:13 | nothing can follow the value          | comment
            disks: - a                                  | 1:8  | no list item can start here           | line of its own
            name: *                                     | 1:7  | * refers to an anchor                 | quotes
            name: & x                                   | 1:7  | & names an anchor                     | quotes
            name: > x                                   | 1:9  | or > only a digit                  | next line
            %TAG x                                      | 1:1  | a directive of YAML                   | quotes
            name: !<x                                   | 1:7  | ! starts a tag                        | quotes
            {kernel\\n: x}                              | 2:1  | not on the line of its key            | one line
            : x                                         | 1:1  | a key is missing before this :        |
            kernel: {image: ${A:-x}, initrd: y}         | 1:18 | expected , or } here                   | ${…} in quotes
            disks: [{path: a}, {path: b}\\ncpus: 2      | 1:8  | [ that opens here is never closed      | write ]
            cpus 2\\nkernel: x                          | 1:1  | no ": " on this line                   | KEY: VALUE
            kernel: x\\ncpus 2                          | 2:1  | no ": " after this key                 | KEY: VALUE
            kernel:\\u00a0vmlinuz\\ncpus: 2             | 2:5  | no key can stand here                  | U+00A0 at line 1, column 8
            kernel: @vmlinuz                            | 1:9  | start with this character              | quotes
            kernel: "C:\\windows"                       | 1:13 | no such escape                         | single quotes
            disks: *nope                                | 1:8  | no anchor &nope                        | needs quotes
            disks:\\n- path: a\\n  root: true\\n path: b | 4:2  | does not fit the lines above           | line 1, column 1
            """)
    void explainsWhatIsNotYaml(String text, String place, String message, String hint) {
        String file = text.replace("\\n", "\n").replace("\\u00a0", "\u00a0");
        Problem problem = only(load(file));
        assertThat(problem.rule()).isEqualTo(YamlRule.SYNTAX);
        assertThat(problem.position().line() + ":" + problem.position().column())
                .isEqualTo(place);
        assertThat(problem.message()).startsWith("not YAML: ").contains(message);
        assertThat(problem.hint()).contains(hint == null ? "" : hint);
    }

    @Test
    void namesATabWhereverItStands() {
        for (String text : List.of(
                "kernel:\n\tbuiltin: hello", "kernel:\n  builtin: hello\n \tx: 1", "kernel:\n  image:\n\t\tx")) {
            assertThat(only(load(text)).rule()).as(text).isEqualTo(YamlRule.TAB);
        }
    }

    @Test
    void takesATabWhereYamlDoes() {
        for (String text : List.of(
                "kernel:\tvmlinuz\n",
                "kernel: vmlinuz\t# the kernel\n",
                "kernel: {image:\tvmlinuz,\tinitrd: x}\n",
                "kernel: vmlinuz\t\n\t\n")) {
            assertThat(load(text)).as(text).isEmpty();
        }
    }

    @Test
    void takesTheEscapesOfJson() {
        assertThat(load("{\"kernel\": \"boot\\/vmlinuz\"}")).isEmpty();
    }

    @Test
    void refusesEveryTagAlsoOneThatChangesNothing() {
        for (String value :
                List.of("!!str vmlinuz", "!mine vmlinuz", "!!java.net.URL [x]", "!!map {image: x}", "! vmlinuz")) {
            assertThat(load("kernel: " + value))
                    .as(value)
                    .extracting(Problem::rule)
                    .contains(YamlRule.TAG);
        }
        assertThat(load("kernel: \"!!str\"")).isEmpty();
    }

    @Test
    void refusesWhatEndsALineForOneVersionOfYamlOnly() {
        for (char c : new char[] {0x85, 0x2028, 0x2029}) {
            Problem problem = only(load("kernel: x\ncpus: 1 # \u20ac" + c + "\n"));
            assertThat(problem.rule()).isEqualTo(YamlRule.CONTROL_CHARACTER);
            assertThat(problem.position()).isEqualTo(new Position(2, 12, 13));
        }
    }

    @Test
    void guessesTheEncoding() {
        assertThat(encoded("kernel: caf\u00e9", StandardCharsets.ISO_8859_1)).contains("Latin-1");
        assertThat(encoded("\ufeffkernel: x", StandardCharsets.UTF_16LE)).contains("UTF-16");
        assertThat(encoded("\ufeffkernel: x", StandardCharsets.UTF_16BE)).contains("UTF-16");
        assertThat(encoded("kernel: x", StandardCharsets.UTF_16LE)).contains("may be UTF-16");
        assertThat(encoded("\u007fELF\u0002\u0000\u00ff\u00fe", StandardCharsets.ISO_8859_1))
                .contains("a binary file");
    }

    @Test
    void writesOutCharactersThatNobodySees() {
        Problem problem = load("kernel: x\n\u200bcpus: 2\n").get(0);
        assertThat(problem.message()).isEqualTo("unknown key \"\\u200Bcpus\"");
        assertThat(problem.describe())
                .contains("\n    \ufffdcpus: 2\n    ^~~~~\n")
                .doesNotContain("\u200b");
        assertThat(load("kernel: x\nname: a\u202eb\n").get(0).describe())
                .contains("\\u202E")
                .doesNotContain("\u202e");
        assertThat(load("kernel: x\nname: \"a\\nb\"\n").get(0).message()).startsWith("\"a\\nb\" must");
    }

    @Test
    void putsTheCaretUnderTheTokenWhateverTheWidthOfTheCharactersBefore() {
        assertThat(load("kernel: {image: \"\ud83d\ude00\u6f22e\u0301\", builtn: x}")
                        .get(0)
                        .describe())
                .contains("\n    " + " ".repeat(17 + 2 + 2 + 1 + 3) + "^~~~~~\n");
    }

    @Test
    void showsOfALongLineThePieceAroundTheToken() {
        String filler = "x".repeat(5000);
        Problem problem = load("kernel: {image: " + filler + ", builtn: y, params: [" + filler + "]}").stream()
                .filter(p -> p.rule() == FieldRule.UNKNOWN_KEY)
                .findFirst()
                .orElseThrow();
        String[] lines = problem.describe().split("\n");
        assertThat(lines[1]).startsWith("    \u2026").endsWith("\u2026").hasSizeLessThan(150);
        assertThat(lines[1].substring(lines[2].indexOf('^'))).startsWith("builtn: y");
        assertThat(problem.position().column()).isEqualTo(5019);
    }

    @Test
    void complainsOnceAboutAMisspeltKeyThatIsRequired() {
        assertThat(only(load("kernl: x")).message()).isEqualTo("unknown key \"kernl\"");
        assertThat(only(load("kernel: x\ndisks: [{pth: a}]")).message()).isEqualTo("unknown key \"pth\"");
        assertThat(load("foo: x")).extracting(Problem::rule).contains(FieldRule.MISSING_KEY);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            balloon: 128MiB                       | must be true, false or a mapping with the keys enabled, initial
            rng: "true"                           | write it without quotes
            wayland: true                         | for example auto
            wayland: false                        | leave wayland out
            control: true                         | must be a path or a mapping
            console: {com1: file}                 | {to: file, path: console.log}
            disks: a.img                          | must be a list, not "a.img"
            memory: 1.5GiB                        | write 1536MiB
            memory: 512Mi                         | did you mean 512MiB?
            networks: [{hostIp: 10.0.0.1/24}]     | as a netmask, /24 is 255.255.255.0
            networks: [{user: true, mac: 52:54:00:12:34}] | six pairs of hex digits
            networks: [{user: true, forward: [8080:0]}]   | from 1 to 65535
            name: "my vm"                         | must begin with a letter or digit
            disks: [~bob/x.img]                   | a folder of that name is ./~bob/x.img
            """)
    void saysWhatToWriteInstead(String line, String advice) {
        assertThat(load("kernel: {builtin: hello}\n" + line).stream()
                        .map(p -> p.message() + " " + p.hint())
                        .reduce("", String::concat))
                .contains(advice);
    }

    @Test
    void asksForAParameterWhereAMappingStands() {
        assertThat(load("kernel: {image: x, params: [{console: ttyS1}]}").get(0).hint())
                .isEqualTo("is \"console=ttyS1\" meant?");
    }

    @Test
    void refusesPathsThatNoLinuxTakes() {
        assertThat(only(load("kernel: " + "a".repeat(256))).message()).contains("256 bytes; Linux takes 255");
        assertThat(only(load("kernel: " + "\u00e9/".repeat(2000))).message()).contains("Linux takes 4095");
    }

    @Test
    void fillsInDefaultsWithVariablesInThem() {
        Map<String, String> environment = Map.of("B", "bee", "EMPTY", "");
        for (Map.Entry<String, String> value : Map.of(
                        "${A:-${B}}", "bee",
                        "${A:-x${B}y}", "xbeey",
                        "${A:-${C:-${D:-deep}}}", "deep",
                        "${B:-${NOPE}}", "bee",
                        "${EMPTY:-e}${A:-$$B}", "e$B",
                        "$${B}", "${B}",
                        "$", "$")
                .entrySet()) {
            LoadResult result = SpecLoader.withEnvironment(environment)
                    .load("vm.yaml", "kernel: \"" + value.getKey() + "\"", FOLDER);
            assertThat(result.orThrow().kernel().image())
                    .as(value.getKey())
                    .isEqualTo(FOLDER.resolve(value.getValue()));
        }
    }

    @Test
    void namesEveryVariableThatIsNotSet() {
        assertThat(load("kernel: ${NOPE_X}/a/${NOPE_Y}/${NOPE_Z:-${NOPE_W}}"))
                .extracting(p -> p.position().column() + " " + p.message().split(" ")[2])
                .containsExactly("9 NOPE_X", "21 NOPE_Y", "41 NOPE_W");
        assertThat(only(load("kernel: \"${A:-${B}\"")).rule()).isEqualTo(FieldRule.BAD_VARIABLE);
        assertThat(only(load("kernel: " + "${A:-".repeat(20) + "x" + "}".repeat(20)))
                        .rule())
                .isEqualTo(FieldRule.BAD_VARIABLE);
    }

    @Test
    void saysFromTheEnvironmentOnlyWhatComesFromThere() {
        LoadResult result = SpecLoader.withEnvironment(Map.of("B", "b"))
                .load("vm.yaml", "kernel: {image: \"${A:-a}\", initrd: \"${A:-${B}}\"}", FOLDER);
        assertThat(result.origins().get("kernel.image").describe()).isEqualTo("vm.yaml:1");
        assertThat(result.origins().get("kernel.initrd").describe()).isEqualTo("environment $B (vm.yaml:1)");
    }

    private static String encoded(String text, Charset charset) {
        Problem problem = only(SpecLoader.withEnvironment(Map.of())
                .load("vm.yaml", text.getBytes(charset), FOLDER, SpecOverrides.none())
                .problems());
        return problem.message() + " " + problem.hint();
    }

    private static Problem only(List<Problem> problems) {
        assertThat(problems).hasSize(1);
        return problems.get(0);
    }

    private static List<Problem> load(String text) {
        return SpecLoader.withEnvironment(Map.of())
                .load("vm.yaml", text, FOLDER)
                .problems();
    }
}
