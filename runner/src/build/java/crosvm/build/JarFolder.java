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
     * @param time when it was changed, as the jar has it
     */
    record Entry(String name, byte[] bytes, LocalDateTime time) {
        /** Another file of the same time. */
        Entry with(String other, byte[] content) {
            return new Entry(other, content, time);
        }
    }

    private JarFolder() {}

    /** All, in their order. */
    static List<Entry> read(Path jar) throws IOException {
        List<Entry> entries = new ArrayList<>();
        try (ZipInputStream in = new ZipInputStream(Files.newInputStream(jar))) {
            ZipEntry entry = in.getNextEntry();
            while (entry != null) {
                entries.add(new Entry(entry.getName(), in.readAllBytes(), entry.getTimeLocal()));
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
                header.setTimeLocal(entry.time());
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
