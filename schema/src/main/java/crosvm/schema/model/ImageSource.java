package crosvm.schema.model;

import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A file that is downloaded once, known by its digest. What is downloaded packed ({@code .xz}, {@code .gz}, {@code .zst}, a tar
 * file with one file in it) is unpacked; the digest is that of the download.
 *
 * @param url http, https or file
 * @param sha256 the SHA-256 of what is downloaded, in hex; null is an error that says how to print it
 */
@Snippet(
        value = "image by URL",
        lines = {
            "url: ${1:https://example.org/image.raw}",
            "sha256: \"${2:0000000000000000000000000000000000000000000000000000000000000000}\""
        })
public record ImageSource(
        @Doc(
                value =
                        "Where the file is downloaded from: http, https or file. A name that ends in .xz, .gz, .zst or .tar, or in two of them, is unpacked.",
                example = "https://example.org/root.img.xz",
                fileOnly = true)
        @Pattern(regexp = "[A-Za-z][A-Za-z0-9+.-]*:.+", message = "must be a URL: https://…, http://… or file:///…") @Size(max = 2048)
        String url,

        @Doc(
                value = "The SHA-256 of what is downloaded, in hex.",
                example = "0f343b0931126a20f133d67c2b018a3b5e1d3d1b0d0ee1e7a4a3b3d6a4a0bb5c",
                fileOnly = true)
        @Pattern(regexp = "[0-9A-Fa-f]{64}", message = "must be 64 hex digits") @Nullable String sha256) {
    /** How a download is packed, by the name in its URL: the same file is packed the same way on every machine. */
    public enum Packing {
        /** It is the image itself. */
        NONE,
        /** One compressed file. */
        COMPRESSED,
        /** A tar file, compressed or not. */
        TAR
    }

    /** The digest in small letters. Only of a source that has been checked. */
    public String digest() {
        return Objects.requireNonNull(sha256, "a source without a digest is refused")
                .toLowerCase(Locale.ROOT);
    }

    /** The file's name in the cache: an unpacked image beside the same download that is wanted as it is is another file. */
    public String cacheName() {
        return packing() == Packing.NONE ? digest() : digest() + ".unpacked";
    }

    /** How the download is packed. */
    public Packing packing() {
        String name = fileName();
        if (name.matches(".*\\.(tar(\\.(xz|gz|zst))?|t[xg]z|tzst)")) {
            return Packing.TAR;
        }
        return name.matches(".*\\.(xz|gz|zst)") ? Packing.COMPRESSED : Packing.NONE;
    }

    /** The last name of the URL's path, in small letters; empty without one. */
    public String fileName() {
        try {
            String path = Objects.requireNonNullElse(new URI(url).getPath(), "");
            return path.substring(path.lastIndexOf('/') + 1).toLowerCase(Locale.ROOT);
        } catch (URISyntaxException e) {
            return "";
        }
    }
}
