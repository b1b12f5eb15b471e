package crosvm.schema.lint;

import crosvm.schema.bind.Draft;
import crosvm.schema.json.Json;
import crosvm.schema.model.TextHash;
import crosvm.schema.write.SpecWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A hash of what a file says, wherever the checkout lies. */
public final class SpecHash {
    private SpecHash() {}

    /**
     * A SHA-256 over all effective values, in hex. A path that is written relative to the file, or lies below its folder, counts
     * as relative.
     */
    public static String of(Draft draft) {
        Map<String, String> values = SpecWriter.flatten(draft.spec());
        Path folder = draft.file() == null ? null : draft.file().getParent();
        if (folder != null) {
            values.replaceAll((field, value) -> portable(draft, folder, field, value));
        }
        values.putAll(draft.spec().guest().variables());
        return TextHash.hex(Json.compact(values));
    }

    /** The same over the hashes of several machines. */
    public static String of(List<String> hashes) {
        return TextHash.hex(Json.compact(hashes));
    }

    private static String portable(Draft draft, Path folder, String field, String value) {
        if (!WrittenLint.isPath(field) || !value.startsWith("/")) {
            return value;
        }
        Path absolute = Path.of(value.replace("$$", "$"));
        String written = draft.written(field).replaceAll("^[\"']", "");
        boolean relative = !written.isEmpty() && !written.startsWith("/") && !written.startsWith("$");
        return relative || absolute.startsWith(folder)
                ? folder.relativize(absolute).toString()
                : value;
    }
}
