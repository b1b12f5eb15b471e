package crosvm.runner.image;

import com.github.luben.zstd.ZstdInputStream;
import crosvm.schema.model.ImageSource;
import crosvm.vmm.PrintableText;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;

/** What is in a download, by the ending of its name. */
final class Unpacking {
    private static final int BUFFER = 1 << 16;
    /** What {@code xz -9} needs (65 MiB) and a little more: the heap is not large. */
    private static final int MAX_XZ_KIBIBYTES = 80 << 10;

    private Unpacking() {}

    /** Writes the image that is in a download to {@code out}. */
    static void unpack(ImageSource source, InputStream packed, SparseFile out) throws IOException {
        InputStream plain = decompressed(source.fileName(), new BufferedInputStream(packed, BUFFER));
        if (source.packing() == ImageSource.Packing.TAR) {
            untar(plain, out);
        } else {
            copy(plain, out);
        }
    }

    private static InputStream decompressed(String name, InputStream packed) throws IOException {
        if (name.matches(".*[.t]xz")) {
            return new XZInputStream(packed, MAX_XZ_KIBIBYTES);
        }
        if (name.matches(".*[.t]gz")) {
            return new GZIPInputStream(packed, BUFFER);
        }
        return name.matches(".*(\\.|\\.t)zst") ? new ZstdInputStream(packed) : packed;
    }

    private static void untar(InputStream plain, SparseFile out) throws IOException {
        TarArchiveInputStream tar = new TarArchiveInputStream(plain);
        String found = "";
        for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
            if (entry.isDirectory()) {
                continue;
            }
            if (!entry.isFile() || entry.isLink() || entry.isSymbolicLink() || !tar.canReadEntryData(entry)) {
                throw new IOException(
                        "the tar file has something in it that is not a file: " + PrintableText.of(entry.getName()));
            }
            if (!found.isEmpty()) {
                throw new IOException("the tar file has more than one file in it: " + found + " and "
                        + PrintableText.of(entry.getName()));
            }
            found = PrintableText.of(entry.getName());
            copy(tar, out);
        }
        if (found.isEmpty()) {
            throw new IOException("the tar file has no file in it");
        }
    }

    private static void copy(InputStream in, SparseFile out) throws IOException {
        byte[] block = new byte[BUFFER];
        for (int read = in.readNBytes(block, 0, BUFFER); read > 0; read = in.readNBytes(block, 0, BUFFER)) {
            out.append(block, read);
        }
    }
}
