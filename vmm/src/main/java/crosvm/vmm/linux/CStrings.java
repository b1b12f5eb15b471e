package crosvm.vmm.linux;

import java.nio.charset.StandardCharsets;
import java.util.List;

/** An array of C strings with a null pointer at its end, as execve(2) wants its arguments. */
final class CStrings {
    /** Kept, because the pointers point into it. */
    @SuppressWarnings("unused")
    private final NativeBuffer text;

    private final NativeBuffer pointers;

    private CStrings(NativeBuffer text, NativeBuffer pointers) {
        this.text = text;
        this.pointers = pointers;
    }

    static CStrings of(List<String> strings) {
        List<byte[]> encoded = strings.stream()
                .map(string -> (string + "\0").getBytes(StandardCharsets.UTF_8))
                .toList();
        NativeBuffer text = NativeBuffer.allocate(
                Math.max(1, encoded.stream().mapToInt(bytes -> bytes.length).sum()));
        NativeBuffer pointers = NativeBuffer.allocate((strings.size() + 1) * Long.BYTES);
        int at = 0;
        for (int i = 0; i < encoded.size(); i++) {
            pointers.bytes().putLong(i * Long.BYTES, text.address() + at);
            text.bytes().put(at, encoded.get(i));
            at += encoded.get(i).length;
        }
        return new CStrings(text, pointers);
    }

    /** Good as long as this object is reachable. */
    long address() {
        return pointers.address();
    }
}
