package crosvm.seccomp.policy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where policy files come from. */
public interface PolicySource {

    /** The whole text of a file. */
    String read(String name) throws IOException;

    /**
     * The name of an included file. Relative to the file that includes it; minijail takes it relative to the working
     * directory, which makes a policy mean something else in every directory.
     */
    default String resolve(String including, String include) {
        Path path = Path.of(include);
        return path.isAbsolute()
                ? include
                : Path.of(including).resolveSibling(path).normalize().toString();
    }

    /** Files of the host; names are paths. */
    static PolicySource files() {
        return name -> Files.readString(Path.of(name));
    }

    /** The policies this project ships, {@code block_device.policy} and so on, out of its own jar. */
    static PolicySource bundled() {
        return name -> {
            try (InputStream in = PolicySource.class.getResourceAsStream("/seccomp/x86_64/" + name)) {
                if (in == null) {
                    throw new java.io.FileNotFoundException("no such policy is part of crosvm");
                }
                return new String(in.readAllBytes(), StandardCharsets.UTF_8);
            }
        };
    }
}
