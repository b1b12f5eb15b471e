package crosvm.build;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

/** The files of a jar. */
final class JarFolder {
    /**
     * One of them.
     *
     * @param name its path, with a slash at its end for a folder
     * @param bytes what is in it
     */
    record Entry(String name, byte[] bytes) {
        /** The same with other contents. */
        Entry with(byte[] content) {
            return new Entry(name, content);
        }
    }

    /** Of all files, so that the same files make the same jar, wherever it is made: some jars' own times are read by the time zone. */
    private static final LocalDateTime TIME = LocalDateTime.of(1980, 2, 1, 0, 0);

    private JarFolder() {}

    /** All, in their order. */
    static List<Entry> read(Path jar) throws IOException {
        List<Entry> entries = new ArrayList<>();
        try (ZipInputStream in = new ZipInputStream(Files.newInputStream(jar))) {
            ZipEntry entry = in.getNextEntry();
            while (entry != null) {
                entries.add(new Entry(entry.getName(), in.readAllBytes()));
                entry = in.getNextEntry();
            }
        }
        return entries;
    }

    /** Replaces it, whole or not at all. */
    static void write(Path jar, Collection<Entry> entries) throws IOException {
        Path written = jar.resolveSibling(jar.getFileName() + ".new");
        try {
            fill(written, entries);
            Files.move(written, jar, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(written);
        }
    }

    private static void fill(Path jar, Collection<Entry> entries) throws IOException {
        try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(jar))) {
            for (Entry entry : entries) {
                ZipEntry header = new ZipEntry(entry.name());
                header.setTimeLocal(TIME);
                if (header.isDirectory()) {
                    header.setMethod(ZipEntry.STORED);
                    header.setSize(0);
                    header.setCrc(0);
                }
                out.putNextEntry(header);
                out.write(entry.bytes());
                out.closeEntry();
            }
        }
    }
}
