package crosvm.schema.check;

import crosvm.schema.bind.Draft;
import crosvm.schema.model.DiskSpec;
import crosvm.schema.model.ImageSource;
import crosvm.schema.model.KernelSpec;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Whether every image has one origin, and what is downloaded can be, and is known by its digest. */
final class SourceChecks {
    private static final List<String> SCHEMES = List.of("http", "https", "file");

    private SourceChecks() {}

    static void check(Draft draft) {
        List<DiskSpec> disks = draft.spec().disks();
        for (int i = 0; i < disks.size(); i++) {
            disk(draft, disks.get(i), "disks[" + i + "]");
        }
        KernelSpec kernel = draft.spec().kernel();
        if (kernel.initrd() != null && kernel.initrdSource() != null) {
            both(draft, "kernel.initrdSource", "kernel.initrd");
        }
        for (Map.Entry<String, ImageSource> source : draft.spec().sources().entrySet()) {
            source(draft, source.getKey(), source.getValue());
        }
    }

    private static void disk(Draft draft, DiskSpec disk, String field) {
        String path = field + ".path";
        String source = field + ".source";
        if (!draft.sound(path) || !draft.sound(source)) {
            return;
        }
        if (disk.path() != null && disk.source() != null) {
            both(draft, source, path);
        } else if (disk.path() == null && disk.source() == null) {
            draft.problem(
                    SpecRule.IMAGE_CHOICE,
                    field,
                    "has neither path nor source",
                    "for example: path: root.img, or source: {url: https://example.org/root.img, sha256: …}");
        } else if (disk.source() != null && !disk.keepsImage()) {
            draft.problem(
                    SpecRule.SOURCE_WRITABLE,
                    field + (disk.writes() == null ? ".readOnly" : ".writes"),
                    "an image that is downloaded stays as it is",
                    "write it nowhere or elsewhere (writes: discard, or a file), or copy the image and give its path");
        }
    }

    private static void both(Draft draft, String source, String path) {
        draft.problem(
                SpecRule.IMAGE_CHOICE,
                source,
                "stands beside " + path + " (" + draft.place(path) + ")",
                "give one of the two");
    }

    private static void source(Draft draft, String field, ImageSource source) {
        if (!draft.sound(field + ".url")) {
            return;
        }
        String fault = fault(source.url());
        if (!fault.isEmpty()) {
            draft.problem(SpecRule.SOURCE_URL, field + ".url", fault);
        } else if (source.sha256() == null && draft.sound(field + ".sha256")) {
            draft.problem(
                    SpecRule.SOURCE_DIGEST,
                    field,
                    "has no sha256",
                    "print it: curl -fsSL '" + source.url().replace("'", "'\\''") + "' | sha256sum");
        }
    }

    /** What is wrong with a URL, or empty. */
    private static String fault(String url) {
        URI uri;
        try {
            uri = new URI(url);
        } catch (URISyntaxException e) {
            return "is not a URL: " + e.getReason().toLowerCase(Locale.ROOT)
                    + (e.getIndex() < 0 ? "" : " at character " + (e.getIndex() + 1));
        }
        String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
        if (!SCHEMES.contains(scheme)) {
            return scheme.isEmpty()
                    ? "has no scheme; write https://, http:// or file:///"
                    : "has the scheme " + scheme + "; only https, http and file can be downloaded";
        }
        if (uri.getRawUserInfo() != null) {
            return "has a user's name in it, which everybody could read in the file";
        }
        if (uri.getRawFragment() != null) {
            return "has a fragment (#), which no server is told";
        }
        if (scheme.equals("file")) {
            boolean local = uri.getAuthority() == null
                    && uri.getPath() != null
                    && uri.getPath().startsWith("/");
            return local ? "" : "is not the URL of a file of this host; write file:///PATH";
        }
        boolean authority = uri.getRawAuthority() != null; // Java finds no host where the port is not a number.
        return uri.getHost() != null ? "" : authority ? "has an invalid host or port" : "has no host";
    }
}
