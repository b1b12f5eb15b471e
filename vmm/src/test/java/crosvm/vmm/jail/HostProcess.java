package crosvm.vmm.jail;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;

/** A {@link JailHostMain} run by some user on some JDK, and the test's side of the talk with it. */
public final class HostProcess implements AutoCloseable {
    private final Process process;
    private final BufferedReader answers;
    private final Writer requests;

    /** The launcher's number and the jailed process's, out here. */
    final long launcher;

    final long jailed;

    private HostProcess(Process process) throws IOException {
        this.process = process;
        answers = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        requests = process.outputWriter(StandardCharsets.UTF_8);
        StringBuilder before = new StringBuilder();
        String line = answers.readLine();
        while (line != null && !line.startsWith("JAIL ") && !line.startsWith("ERROR ")) {
            before.append(line).append('\n');
            line = answers.readLine();
        }
        assertThat(line).as(before.toString()).isNotNull().startsWith("JAIL ");
        launcher = Long.parseLong(line.split(" ")[1]);
        jailed = Long.parseLong(line.split(" ")[2]);
        System.getLogger(HostProcess.class.getName()).log(System.Logger.Level.INFO, line);
    }

    /** @param user a number to become first, or empty to stay who we are */
    static HostProcess start(Path jdk, String user, Path folder) throws IOException {
        List<String> command = new ArrayList<>();
        if (!user.isEmpty()) {
            command.addAll(List.of("setpriv", "--reuid=" + user, "--regid=" + user, "--clear-groups", "--"));
        }
        command.addAll(List.of(jdk.resolve("bin/java").toString(), "-Xmx32m", "-XX:-UsePerfData"));
        if (Integer.parseInt(jdk.getFileName().toString().replaceAll("[^0-9]*([0-9]+).*", "$1")) >= 24) {
            command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"));
        }
        String classPath = classPath(folder);
        // As the launcher does it: a JNA that unpacks its library seeds a random generator, which keeps /dev/random
        // open.
        command.addAll(List.of(
                "-Djna.boot.library.path=" + jnaLibrary(folder),
                "-Djna.nounpack=true",
                "-Djna.noclasspath=true",
                "-Djna.platform.library.path=/lib/x86_64-linux-gnu"));
        command.addAll(List.of("-cp", classPath, JailHostMain.class.getName()));
        return new HostProcess(
                new ProcessBuilder(command).redirectErrorStream(true).start());
    }

    /** The class path as jars that every user can read: Maven's own repository may be closed to others. */
    public static String classPath(Path folder) throws IOException {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        List<String> entries = new ArrayList<>();
        int number = 0;
        for (String entry : System.getProperty("java.class.path").split(":")) {
            Path path = Path.of(entry);
            boolean wanted = entry.contains("jna") || entry.contains("crosvm") || Files.isDirectory(path);
            if (wanted && Files.exists(path)) {
                Path jar = folder.resolve("class-path-" + number++ + ".jar");
                if (!Files.exists(jar)) {
                    copy(path, jar);
                }
                entries.add(jar.toString());
            }
        }
        return String.join(":", entries);
    }

    /** A folder with JNA's library, unpacked. */
    public static Path jnaLibrary(Path folder) throws IOException {
        Path library = folder.resolve("libjnidispatch.so");
        if (!Files.exists(library)) {
            try (InputStream in =
                    com.sun.jna.Native.class.getResourceAsStream("/com/sun/jna/linux-x86-64/libjnidispatch.so")) {
                Files.copy(in, library);
            }
            Files.setPosixFilePermissions(library, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        return folder;
    }

    private static void copy(Path from, Path jar) throws IOException {
        if (Files.isRegularFile(from)) {
            Files.copy(from, jar);
        } else {
            try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar));
                    Stream<Path> files = Files.walk(from)) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    out.putNextEntry(new JarEntry(from.relativize(file).toString()));
                    out.write(Files.readAllBytes(file));
                }
            }
        }
        Files.setPosixFilePermissions(jar, PosixFilePermissions.fromString("rw-r--r--"));
    }

    String ask(String request) throws IOException {
        requests.write(request + "\n");
        requests.flush();
        return answers.readLine();
    }

    /** The host's last words after its orderly end. */
    String end() throws IOException, InterruptedException {
        String last = ask("quit");
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return last;
    }

    /** kill -9 of the VMM. */
    void kill() throws InterruptedException {
        process.destroyForcibly();
        process.waitFor();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
