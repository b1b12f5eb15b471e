package crosvm.seccomp.policy;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.Map;

/** Policy files that exist only in a test. */
public record MemorySource(Map<String, String> files) implements PolicySource {

    @Override
    public String read(String name) throws IOException {
        String text = files.get(name);
        if (text == null) {
            throw new NoSuchFileException(name);
        }
        return text;
    }

    /** The policy in one text. */
    public static Policy policy(String text) {
        return Policy.load(new MemorySource(Map.of("t.policy", text)), "t.policy");
    }
}
