package crosvm.runner.image;

import crosvm.schema.json.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is written down beside a cached image, as JSON: where it came from, its own digest, and how its file looked when that was
 * found to be right.
 *
 * @param url it was downloaded from
 * @param content SHA-256 of the cached file, which is not that of the download when it was unpacked
 * @param seen the file as it was then; empty when it has not been looked at under its name yet
 */
record ImageRecord(String url, String content, String seen) {
    private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

    /** The record in a file, or null when there is none that can be read. */
    static @Nullable ImageRecord read(Path file) throws IOException {
        try {
            Map<String, @Nullable Object> map = Json.readObject(Files.readString(file));
            return new ImageRecord(text(map, "url"), text(map, "sha256"), text(map, "seen"));
        } catch (NoSuchFileException | Json.Malformed e) {
            return null;
        }
    }

    private static String text(Map<String, @Nullable Object> map, String key) {
        return map.get(key) instanceof String text ? text : "";
    }

    /** As it is written down. */
    byte[] toJson() {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        map.put("url", url);
        map.put("sha256", content);
        map.put("seen", seen);
        return (Json.compact(map) + "\n").getBytes(StandardCharsets.UTF_8);
    }

    /** How a file looks in this boot of the host: another text after each boot and each change of the file. */
    static String look(Path file) throws IOException {
        Map<String, Object> facts =
                Files.readAttributes(file, "unix:dev,ino,size,lastModifiedTime,ctime", LinkOption.NOFOLLOW_LINKS);
        return Files.readString(BOOT_ID).strip() + " " + facts.get("dev") + " " + facts.get("ino") + " "
                + facts.get("size") + " " + facts.get("lastModifiedTime") + " " + facts.get("ctime");
    }
}
