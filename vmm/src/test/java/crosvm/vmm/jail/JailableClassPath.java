package crosvm.vmm.jail;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Arranges this JVM as the launcher does, so that jails can be started from it: jars that everybody can read, JNA unpacked. */
public final class JailableClassPath implements BeforeAllCallback, AfterAllCallback {
    private final Map<String, Optional<String>> before = new HashMap<>();
    private Path folder;

    @Override
    public void beforeAll(ExtensionContext context) throws IOException {
        assumeTrue(
                !Files.readString(Path.of("/proc/sys/user/max_user_namespaces"))
                        .strip()
                        .equals("0"),
                "this machine forbids user namespaces");
        folder = Files.createTempDirectory("jailable");
        set("java.class.path", HostProcess.classPath(folder));
        set("jna.boot.library.path", HostProcess.jnaLibrary(folder).toString());
        set("jna.nounpack", "true");
        set("jna.noclasspath", "true");
        set("jna.platform.library.path", "/lib/x86_64-linux-gnu");
    }

    private void set(String property, String value) {
        before.put(property, Optional.ofNullable(System.getProperty(property)));
        System.setProperty(property, value);
    }

    @Override
    public void afterAll(ExtensionContext context) throws IOException {
        before.forEach((property, value) ->
                value.ifPresentOrElse(v -> System.setProperty(property, v), () -> System.clearProperty(property)));
        if (folder != null) {
            try (Stream<Path> files = Files.list(folder)) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(folder);
        }
    }
}
