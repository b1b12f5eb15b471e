package crosvm.seccomp.policy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
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

    /** More than any policy needs: all of x86-64's system calls with a line of comment each are 50 KiB. */
    int MOST_BYTES = 1 << 20;

    /** Files of the host; names are paths. A pipe or a device, of which there may be no end, is no policy. */
    static PolicySource files() {
        return name -> {
            Path path = Path.of(name);
            if (Files.exists(path) && !Files.isRegularFile(path)) {
                throw new IOException("it is not a regular file");
            }
            byte[] bytes;
            try (InputStream in = Files.newInputStream(path)) {
                bytes = in.readNBytes(MOST_BYTES + 1);
            }
            if (bytes.length > MOST_BYTES) {
                throw new IOException("it has more than " + MOST_BYTES + " bytes, which no policy needs");
            }
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        };
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
