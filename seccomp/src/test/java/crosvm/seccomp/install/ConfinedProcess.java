package crosvm.seccomp.install;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;

/** A {@link ConfinedMain} and the parent's side of its talk. Closing it ends the process. */
final class ConfinedProcess implements AutoCloseable {

    /** What waitFor says of a process that SIGSYS ended: 128 + 31. */
    static final int KILLED_BY_SIGSYS = 159;

    private final Process process;
    private final BufferedReader answers;
    private final Writer requests;
    private final long pid;

    private ConfinedProcess(Process process) throws IOException {
        this.process = process;
        answers = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII));
        requests = process.outputWriter(StandardCharsets.US_ASCII);
        String line = answers.readLine();
        StringBuilder before = new StringBuilder();
        while (line != null && !line.startsWith("WARM ")) {
            before.append(line).append('\n');
            line = answers.readLine();
        }
        assertThat(line).as("the child's first words, after\n%s", before).isNotNull();
        pid = Long.parseLong(line.substring(5));
    }

    /** The JDKs that {@code crosvm} must run on, those that this machine has. */
    static Stream<Path> jdks() {
        Path running = Path.of(System.getProperty("java.home"));
        Path installed = Path.of("/usr/lib/jvm");
        try (Stream<Path> found = Files.isDirectory(installed) ? Files.list(installed) : Stream.empty()) {
            Map<Integer, Path> byFeature = new LinkedHashMap<>();
            byFeature.put(Runtime.version().feature(), running);
            found.filter(home -> Files.isExecutable(home.resolve("bin/java")))
                    .sorted()
                    .forEach(home -> byFeature.putIfAbsent(feature(home), home));
            return byFeature.entrySet().stream()
                    .filter(entry -> entry.getKey() >= 17)
                    .map(Map.Entry::getValue)
                    .toList()
                    .stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static int feature(Path jdk) {
        try (Stream<String> lines = Files.lines(jdk.resolve("release"))) {
            return lines.filter(line -> line.startsWith("JAVA_VERSION=\""))
                    .map(line -> Integer.parseInt(line.replaceAll("JAVA_VERSION=\"([0-9]+).*", "$1")))
                    .findFirst()
                    .orElse(0);
        } catch (IOException e) {
            return 0;
        }
    }

    /** Starts a child on some JDK under a policy, {@code bundled:NAME} or a path. */
    static ConfinedProcess start(Path jdk, Path folder, String policy, String... more) throws IOException {
        List<String> command = command(jdk, folder, List.of(), ConfinedMain.class, policy);
        command.addAll(List.of(more));
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .start();
        return new ConfinedProcess(process);
    }

    /** The command line of a JVM with the options of the jail, its classes in jars in that folder. */
    static List<String> command(Path jdk, Path folder, List<String> moreOptions, Class<?> main, String argument)
            throws IOException {
        List<String> command = new ArrayList<>(List.of(jdk.resolve("bin/java").toString()));
        command.addAll(ConfinedJvm.options(feature(jdk), 8));
        command.addAll(moreOptions);
        command.addAll(List.of("-cp", classPath(folder), main.getName(), argument));
        return command;
    }

    /** Folders of classes packed into a jar: a confined process can read on from an open jar, but open nothing. */
    private static String classPath(Path folder) throws IOException {
        List<String> entries = new ArrayList<>();
        int number = 0;
        for (String entry : System.getProperty("java.class.path").split(":")) {
            Path path = Path.of(entry);
            if (Files.isRegularFile(path)) {
                entries.add(entry);
            } else if (Files.isDirectory(path)) {
                Path jar = folder.resolve("classes-" + number++ + ".jar");
                pack(path, jar);
                entries.add(jar.toString());
            }
        }
        return String.join(":", entries);
    }

    private static void pack(Path classes, Path jar) throws IOException {
        if (Files.exists(jar)) {
            return;
        }
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar));
                Stream<Path> files = Files.walk(classes)) {
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                out.putNextEntry(new JarEntry(classes.relativize(file).toString()));
                out.write(Files.readAllBytes(file));
            }
        }
    }

    long pid() {
        return pid;
    }

    void awaitConfined() throws IOException {
        assertThat(answers.readLine()).isEqualTo("CONFINED");
    }

    /** The next line it writes, or null at the end. */
    String readLine() throws IOException {
        return answers.readLine();
    }

    /** One request, one answer; an answer of null means that the process is gone. */
    String ask(String request) throws IOException {
        try {
            requests.write(request + "\n");
            requests.flush();
        } catch (IOException e) {
            return null;
        }
        return answers.readLine();
    }

    /** A system call in the child: its result, or its errno negated. */
    long call(long number, long... arguments) throws IOException {
        StringBuilder request = new StringBuilder("call " + number);
        for (int i = 0; i < 6; i++) {
            request.append(' ').append(i < arguments.length ? arguments[i] : 0);
        }
        String answer = ask(request.toString());
        assertThat(answer).as("answer to %s", request).isNotNull().startsWith("= ");
        return Long.parseLong(answer.substring(2));
    }

    int exitStatus() throws IOException, InterruptedException {
        requests.close();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("the child ends").isTrue();
        return process.exitValue();
    }

    /** A line of /proc/PID/task/TID/status, for every thread by its name. */
    List<String> statusOfThreads(String field) throws IOException {
        List<String> values = new ArrayList<>();
        try (Stream<Path> threads = Files.list(Path.of("/proc/" + pid + "/task"))) {
            for (Path thread : threads.toList()) {
                List<String> lines = Files.readAllLines(thread.resolve("status"), StandardCharsets.ISO_8859_1);
                values.add(lines.stream()
                        .filter(line -> line.startsWith(field + ":"))
                        .map(line -> line.substring(field.length() + 1).strip())
                        .findFirst()
                        .orElse("no " + field));
            }
        }
        return values;
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
