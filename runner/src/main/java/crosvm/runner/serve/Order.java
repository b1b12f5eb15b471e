package crosvm.runner.serve;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a prepared process is to run. Immutable.
 *
 * @param identity which program on which Java the caller would have started
 * @param words the command line
 * @param environment the caller's
 */
public record Order(String identity, List<String> words, Map<String, String> environment) {
    /** Linux's own limit for words and environment is a quarter of the stack's, 2 MiB by default. */
    static final int MAX_BYTES = 8 << 20;

    /**
     * Reads one, without its leading length.
     *
     * @return null when that makes no sense
     */
    static @Nullable Order parse(ByteBuffer bytes) {
        List<String> texts = new ArrayList<>();
        while (bytes.remaining() >= Integer.BYTES) {
            int length = bytes.getInt();
            if (length < 0 || length > bytes.remaining()) {
                return null;
            }
            byte[] text = new byte[length];
            bytes.get(text);
            texts.add(new String(text, StandardCharsets.UTF_8));
        }
        if (bytes.hasRemaining() || texts.size() < 2 || !texts.get(1).matches("[0-9]{1,6}")) {
            return null;
        }
        int variables = 2 + Integer.parseInt(texts.get(1));
        if (variables > texts.size()) {
            return null;
        }
        Map<String, String> environment = new LinkedHashMap<>();
        for (String variable : texts.subList(variables, texts.size())) {
            int equals = variable.indexOf('=', 1);
            if (equals > 0) {
                environment.put(variable.substring(0, equals), variable.substring(equals + 1));
            }
        }
        return new Order(texts.get(0), List.copyOf(texts.subList(2, variables)), environment);
    }

    /** With its leading length; {@link #parse} reads it behind that. */
    byte[] toBytes() {
        List<String> texts = new ArrayList<>(List.of(identity, String.valueOf(words.size())));
        texts.addAll(words);
        environment.forEach((name, value) -> texts.add(name + "=" + value));
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (String text : texts) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            all.writeBytes(length(bytes.length));
            all.writeBytes(bytes);
        }
        ByteArrayOutputStream order = new ByteArrayOutputStream();
        order.writeBytes(length(all.size()));
        order.writeBytes(all.toByteArray());
        return order.toByteArray();
    }

    private static byte[] length(int bytes) {
        return ByteBuffer.allocate(Integer.BYTES).putInt(bytes).array();
    }

    /** Not as a record prints itself: variables are secrets. */
    @Override
    public String toString() {
        return "an order of " + words.size() + " words";
    }
}
