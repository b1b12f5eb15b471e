package crosvm.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.runner.convert.Converter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the files of {@code src/test/resources/convert} become is written down beside them. After a wanted change write it anew with
 * {@code -Dgolden.update=true} and look at the difference.
 */
class ConvertCommandTest {
    private static final Path FILES = Path.of("src/test/resources/convert");
    private static final Pattern REMARK = Pattern.compile("(?m)^([^:\\n]+):(\\d+):(\\d+): (\\S+)");

    @TempDir
    Path folder;

    static List<String> files() {
        try (Stream<Path> files = Files.list(FILES)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> !name.endsWith(".out"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @ParameterizedTest
    @MethodSource("files")
    void becomesWhatIsWrittenDown(String file) throws IOException {
        Run run = Run.of("convert", FILES.resolve(file).toString());
        String said = run.out() + "--- status " + run.status() + ", standard error:\n" + run.err();
        Path golden = FILES.resolve(file + ".out");
        if (Boolean.getBoolean("golden.update")) {
            Files.writeString(golden, said);
        }
        assertThat(said).isEqualTo(Files.readString(golden));
    }

    @ParameterizedTest
    @MethodSource("files")
    void isASpecWithoutErrorsThatNamesTheTool(String file) throws IOException {
        Run run = Run.of("convert", FILES.resolve(file).toString());
        Path spec = Files.writeString(folder.resolve("vm.yaml"), run.out());
        Run lint = Run.of("lint", "--no-environment", spec.toString());
        assertThat(lint.status()).as(lint.out()).isZero();
        assertThat(run.out()).startsWith("# From " + FILES.resolve(file) + " (");
        String tool = file.substring(0, file.lastIndexOf('.'));
        assertThat(Run.of("convert", "--from", tool, FILES.resolve(file).toString())
                        .out())
                .isEqualTo(run.out());
    }

    /** Each remark stands at the line where the thing is that it is about. */
    @ParameterizedTest
    @MethodSource("files")
    void tellsWhereEachThingStandsThatIsNotCarriedOver(String file) throws IOException {
        List<String> lines = Files.readAllLines(FILES.resolve(file));
        Matcher remark =
                REMARK.matcher(Run.of("convert", FILES.resolve(file).toString()).err());
        int found = 0;
        while (remark.find()) {
            int line = Integer.parseInt(remark.group(2));
            assertThat(line).as(remark.group()).isBetween(1, lines.size());
            assertThat(lines.get(line - 1)).as(remark.group()).isNotBlank();
            found++;
        }
        assertThat(found).as("remarks").isPositive();
    }

    /** A key that nobody knows, in every mapping of a file in turn, is told every time. */
    @ParameterizedTest
    @ValueSource(strings = {"firecracker.json", "cloud-hypervisor.json"})
    void dropsNoKeyOfJsonInSilence(String file) throws IOException {
        String text = Files.readString(FILES.resolve(file));
        List<String> silent = new ArrayList<>();
        int tried = 0;
        for (int at = text.indexOf('{'); at >= 0; at = text.indexOf('{', at + 1)) {
            boolean empty = text.startsWith("{}", at);
            String changed =
                    text.substring(0, at + 1) + "\"surprise\": 1" + (empty ? "" : ", ") + text.substring(at + 1);
            Run run = Run.withInput(changed, "convert", "-");
            if (text.startsWith("{\"log_path\"", at) || text.startsWith("{\"path\": \"/sys", at)) {
                continue; // Told as a whole: what is in it goes with it.
            }
            if (!run.err().contains("surprise") || !run.out().contains("surprise")) {
                silent.add(text.substring(at, Math.min(text.length(), at + 40)));
            }
            tried++;
        }
        assertThat(tried).isGreaterThan(8);
        assertThat(silent).isEmpty();
    }

    @Test
    void dropsNoElementOfXmlInSilence() throws IOException {
        String text = Files.readString(FILES.resolve("libvirt.xml"));
        // What is given in any case: whatever a console, controller or emulator has in it is said to be so here.
        Matcher open = Pattern.compile("<(domain|os|features|devices|disk|interface|memballoon|vsock)\\b[^>/]*>")
                .matcher(text);
        int tried = 0;
        while (open.find()) {
            if (text.startsWith("<disk type=\"network\"", open.start())) {
                continue; // Told as a whole.
            }
            Run run = Run.withInput(
                    text.substring(0, open.end()) + "<surprise/>" + text.substring(open.end()), "convert", "-");
            assertThat(run.err()).as(open.group()).contains("surprise");
            tried++;
        }
        assertThat(tried).isGreaterThan(5);
    }

    @Test
    void dropsNoOptionOfACommandLineInSilence() throws IOException {
        for (String file : List.of("qemu.sh", "crosvm.sh")) {
            String text = Files.readString(FILES.resolve(file));
            int end = text.indexOf(" -", text.indexOf(file.equals("qemu.sh") ? "x86_64" : " run "));
            String changed = text.substring(0, end) + " --surprise=4" + (file.equals("qemu.sh") ? " x" : "")
                    + text.substring(end);
            assertThat(Run.withInput(changed, "convert", "-").err()).as(file).contains("surprise");
        }
        String image = Run.withInput("qemu-system-x86_64 -drive file=a.img,if=virtio,surprise=1", "convert", "-")
                .err();
        assertThat(image).contains("surprise=1");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<!DOCTYPE d [<!ENTITY x SYSTEM \"file:///etc/hostname\">]><domain><name>&x;</name></domain>",
                "<!DOCTYPE d SYSTEM \"http://127.0.0.1:1/d.dtd\"><domain><name>a</name></domain>",
                "<!DOCTYPE d [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;\">]><domain><name>&b;</name></domain>"
            })
    void readsNoEntitiesOfXml(String xml) {
        Run run = Run.withInput(xml, "convert", "-");
        assertThat(run.status()).isEqualTo(1);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).contains("not XML that is read here");
    }

    /** A search for the end of each of them would take hours. */
    @Test
    @Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void readsCommentsWithoutEndOnce() {
        assertThatThrownBy(() -> Converter.convert("x", "<domain/>" + "<!--".repeat(1 << 20), "libvirt"))
                .hasMessageContaining("neither a kernel nor a disk");
    }

    @Test
    void tellsOfWhatFollowsTheFirstDocumentAndNotOfComments() {
        String domain = "<domain><name>a</name><os><kernel>/k</kernel></os></domain>";
        assertThat(Run.withInput(domain + " <!-- a --> <!-- <b/> -->\n", "convert", "-")
                        .err())
                .doesNotContain("what follows");
        for (String more : List.of("<domain/>", "<!-- a", "<!-- a --> b", "<!-->")) {
            assertThat(Run.withInput(domain + "\n " + more, "convert", "-").err())
                    .as(more)
                    .contains("what follows the first document");
        }
    }

    @Test
    void saysWhatItCannotRead() throws IOException {
        assertThat(Run.withInput("hello: world\n", "convert", "-").err())
                .contains("--from names the tool: crosvm, qemu");
        assertThat(Run.withInput("{\"boot-source\": [", "convert", "-").err()).contains("1:");
        assertThat(Run.withInput("<domain><name>a</domain>", "convert", "-").err())
                .contains("line 1");
        assertThat(Run.withInput("<domain>" + "<a>".repeat(500), "convert", "-").err())
                .contains("nested too deeply");
        assertThat(Run.withInput("{\"machine-config\": {}}", "convert", "-").err())
                .contains("neither a kernel nor a disk");
        assertThat(Run.withInput("x".repeat(300 << 10), "convert", "-").err()).contains("larger than 256 KiB");
        assertThat(Run.of("convert", folder.resolve("none").toString()).status())
                .isEqualTo(1);
        assertThat(Run.of("convert", "--from", "nomad", "-").status()).isEqualTo(2);
        Path binary = Files.write(folder.resolve("b"), new byte[] {(byte) 0xff, (byte) 0xfe});
        assertThat(Run.of("convert", binary.toString()).err()).contains("is not UTF-8");
    }

    @Test
    void keepsTextFromOutsideInCommentsAndValues() {
        String name = "a\\nname: evil\\u2028x";
        Run run = Run.withInput(
                "{\"boot-source\": {\"kernel_image_path\": \"k$HOME\", \"x\\ncpus: 9\": 1}, \"logger\": \"" + name
                        + "\"}",
                "convert",
                "-");
        assertThat(run.out())
                .contains("image: \"k$$HOME\"")
                .doesNotContain("\nname: evil")
                .doesNotContain("\ncpus: 9");
    }
}
