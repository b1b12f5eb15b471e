package crosvm.runner.instance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What {@code crosvm graph --security} tells of a jailed process. */
record JailTable(List<String> lines) {
    private static final Path LAUNCHER = Path.of(System.getProperty("crosvm.launcher", "target/crosvm/bin/crosvm"))
            .toAbsolutePath();
    private static final int NAME = 18;

    static JailTable of(Path spec, String process) throws IOException {
        Process graph = new ProcessBuilder(LAUNCHER.toString(), "graph", "--security", spec.toString()).start();
        return new JailTable(new String(graph.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .dropWhile(line -> !line.equals("PROCESS " + process + ": jailed"))
                .skip(1)
                .takeWhile(line -> !line.isEmpty())
                .toList());
    }

    /** By their names. */
    Map<String, String> rows() {
        Map<String, String> rows = new LinkedHashMap<>();
        String key = "";
        for (String line : lines) {
            String name = line.substring(0, Math.min(NAME, line.length())).strip();
            key = name.isEmpty() ? key : name;
            rows.merge(key, line.substring(NAME).strip(), (one, two) -> one + "; " + two);
        }
        return rows;
    }

    List<String> descriptors() {
        return lines.stream()
                .filter(line -> line.startsWith("  descriptor "))
                .map(line -> line.replaceFirst("  descriptor [0-9]+ +", ""))
                .toList();
    }

    /** That a process serves the disk {@code data} and has, by their numbers, what the table tells; and else what a JVM keeps open. */
    static void assertDescriptors(long pid, int told, Path folder) throws IOException {
        List<String> kinds = List.of(
                "/dev/null", "pipe:", "pipe:", "socket:", "socket:", folder + "/disk.img", "/memfd:counters of data");
        assertThat(told).isEqualTo(kinds.size());
        try (Stream<Path> open = Files.list(Path.of("/proc/" + pid + "/fd"))) {
            for (Path descriptor : open.toList()) {
                int number = Integer.parseInt(descriptor.getFileName().toString());
                String target = Files.readSymbolicLink(descriptor).toString();
                if (number < told) {
                    assertThat(target).as("descriptor %d", number).startsWith(kinds.get(number));
                } else {
                    assertThat(target)
                            .as("descriptor %d", number)
                            .containsPattern(
                                    "^(anon_inode:\\[(eventfd|eventpoll|timerfd|io_uring)\\]|/dev/null|socket:.*"
                                            + "|.*/lib/modules|.*\\.jar)$");
                }
            }
        }
    }
}
