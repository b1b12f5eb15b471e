package crosvm.runner;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What users read is plain technical English: each turn of phrase below has a usual one, and stood here once. */
class PlainEnglishTest {
    /** String literals, or what is to be passed over: comments and characters. */
    private static final Pattern TOKEN = Pattern.compile(
            "\"\"\"(?<block>.*?)\"\"\"|\"(?<line>(?:\\\\.|[^\"\\\\\\n])*)\"|//[^\\n]*|/\\*.*?\\*/|'(?:\\\\.|[^'\\\\])'",
            Pattern.DOTALL);

    private static final Pattern UNUSUAL = Pattern.compile(
            "(?<![Tt]here )\\bis no (?!longer\\b)[a-z]" // is not a
                    + "|\\bsomebody\\b" // another program; or passive
                    + "|\\bis there already\\b" // already exists
                    + "|\\bis not there\\b" // does not exist
                    + "|\\bruns already\\b" // is already running
                    + "|: does not run\\b" // is not running
                    + "|\\bno such argument\\b" // unknown argument
                    + "|\\btells? figures\\b" // has no figures
                    + "|\\bmistake in crosvm\\b" // internal error
                    + "|\\bown words\\b" // messages
                    + "|\\bexclude each other\\b" // are mutually exclusive
                    + "|\\bbelongs into\\b" // belongs in
                    + "|\\blooked at\\b" // inspected, checked
                    + "|\\bgoes on\\b|\\bgo on without\\b" // continues
                    + "|\\bmade anew\\b|\\bstarted anew\\b|\\bMake it anew\\b" // recreate, restart
                    + "|\\bmachine runs on\\b"); // is still running

    @ParameterizedTest
    @ValueSource(strings = {"runner", "vmm", "seccomp", "schema"})
    void saysWhatItMeansInTheUsualWords(String module) throws IOException {
        List<String> found = new ArrayList<>();
        int literals = 0;
        try (Stream<Path> files = Files.walk(Path.of("..", module, "src/main/java"))) {
            for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
                Matcher token = TOKEN.matcher(Files.readString(file));
                while (token.find()) {
                    String text = token.group("block") != null ? token.group("block") : token.group("line");
                    if (text != null) {
                        literals++;
                        if (UNUSUAL.matcher(text).find()) {
                            found.add(file.getFileName() + ": " + text.strip());
                        }
                    }
                }
            }
        }
        assertThat(literals).as("otherwise nothing has been read").isGreaterThan(100);
        assertThat(found).as("texts that a native reader stumbles on").isEmpty();
    }
}
