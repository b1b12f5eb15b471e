package crosvm.runner;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What holds of the sources of all modules, and how far they are from their limits: the figures are printed. */
class SourcesTest {
    private static final Path ROOT = Path.of("..");
    private static final List<String> MODULES = List.of("schema", "seccomp", "vmm", "runner");
    private static final int LARGEST = 350;
    private static final int MEDIAN = 70;
    private static final int MACHINE_FILES = 25;

    private static final Pattern DOCUMENT = Pattern.compile("[\\w.-]+\\.md\\b");

    /** How comments named the papers of those who wrote this, which nobody else has. */
    private static final Pattern PAPER = Pattern.compile("(?i)\\bdesign §|\\bmeasured/|/work/|\\bissue \\d");

    private static final Set<String> TEXTS =
            Set.of("java", "xml", "md", "policy", "yaml", "yml", "sh", "c", "py", "json", "service", "");

    @Test
    void mainFilesStayShort() throws IOException {
        TreeMap<String, Integer> lines = new TreeMap<>();
        for (String module : MODULES) {
            for (Path file : files(ROOT.resolve(module).resolve("src/main/java"))) {
                lines.put(
                        ROOT.relativize(file).toString(),
                        Files.readAllLines(file).size());
            }
        }
        List<Integer> sorted = lines.values().stream().sorted().toList();
        int median = sorted.get(sorted.size() / 2);
        String largest = lines.entrySet().stream()
                .max(Comparator.comparing(entry -> entry.getValue()))
                .map(entry -> entry.getKey() + " with " + entry.getValue() + " lines")
                .orElseThrow();
        System.out.println("main: " + lines.size() + " files, median " + median + " lines, the largest " + largest);
        assertThat(lines.entrySet().stream().filter(entry -> entry.getValue() > LARGEST))
                .as("files of more than %d lines do more than one thing", LARGEST)
                .isEmpty();
        assertThat(median).as("half of all files have no more lines").isLessThanOrEqualTo(MEDIAN);
    }

    @Test
    void theMachinesRoomStaysSmall() throws IOException {
        int count = files(ROOT.resolve("vmm/src/main/java/crosvm/vmm/machine")).size();
        System.out.println("crosvm.vmm.machine: " + count + " files");
        assertThat(count)
                .as("what makes and hosts devices has rooms of its own below it")
                .isBetween(1, MACHINE_FILES);
    }

    @Test
    void refersToNoDocumentThatIsNotHere() throws IOException {
        List<Path> all = files(ROOT).stream().filter(SourcesTest::isText).toList();
        Set<String> documents = all.stream()
                .map(file -> file.getFileName().toString())
                .filter(name -> name.endsWith(".md"))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(documents).contains("README.md");
        List<String> missing = new ArrayList<>();
        for (Path file : all) {
            if (file.endsWith("SourcesTest.java")) {
                continue;
            }
            String text = Files.readString(file, StandardCharsets.ISO_8859_1);
            Stream.concat(
                            DOCUMENT.matcher(text)
                                    .results()
                                    .map(MatchResult::group)
                                    .filter(name -> !documents.contains(name)),
                            PAPER.matcher(new String(
                                            text.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8))
                                    .results()
                                    .map(MatchResult::group))
                    .map(name -> ROOT.relativize(file) + ": " + name)
                    .forEach(missing::add);
        }
        assertThat(missing).as("documents that are not in the repository").isEmpty();
    }

    private static boolean isText(Path file) {
        String name = file.getFileName().toString();
        return TEXTS.contains(name.substring(name.lastIndexOf('.') + 1)) || name.indexOf('.') < 0;
    }

    private static List<Path> files(Path folder) throws IOException {
        List<Path> files = new ArrayList<>();
        try (Stream<Path> entries = Files.list(folder)) {
            for (Path entry : entries.sorted().toList()) {
                String name = entry.getFileName().toString();
                if (Files.isDirectory(entry)) {
                    if (!Set.of("target", ".git", "node_modules", ".idea").contains(name)) {
                        files.addAll(files(entry));
                    }
                } else if (Files.isRegularFile(entry) && !name.equals(".git")) {
                    files.add(entry);
                }
            }
        }
        return files;
    }
}
