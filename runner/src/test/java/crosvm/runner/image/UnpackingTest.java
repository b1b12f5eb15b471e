package crosvm.runner.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.ZstdOutputStream;
import crosvm.runner.report.FailedException;
import crosvm.schema.model.ImageSource;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

class UnpackingTest {
    @TempDir
    Path home;

    private final byte[] image = new byte[1 << 20];
    private ImageCache cache;

    @BeforeEach
    void fill() {
        Arrays.fill(image, 300_000, 300_100, (byte) 7);
        Arrays.fill(image, 900_000, 900_001, (byte) 8);
        cache = ImageCache.of(Map.of("XDG_CACHE_HOME", home.toString()));
    }

    private static byte[] pack(String name, byte[] plain) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (OutputStream packer = name.endsWith("xz")
                ? new XZOutputStream(out, new LZMA2Options(1))
                : name.endsWith("gz")
                        ? new GZIPOutputStream(out)
                        : name.endsWith("zst") ? new ZstdOutputStream(out) : out) {
            packer.write(plain);
        }
        return out.toByteArray();
    }

    private static byte[] tar(byte[] content, String... names) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(out)) {
            tar.putArchiveEntry(new TarArchiveEntry("folder/"));
            tar.closeArchiveEntry();
            for (String name : names) {
                if (name.startsWith("link")) {
                    TarArchiveEntry link = new TarArchiveEntry(name, TarConstants.LF_SYMLINK);
                    link.setLinkName("/etc/passwd");
                    tar.putArchiveEntry(link);
                } else {
                    TarArchiveEntry entry = new TarArchiveEntry(name);
                    entry.setSize(content.length);
                    tar.putArchiveEntry(entry);
                    tar.write(content);
                }
                tar.closeArchiveEntry();
            }
        }
        return out.toByteArray();
    }

    private ImageSource put(String name, byte[] content) throws IOException {
        Path file = Files.write(home.resolve(name), content);
        return new ImageSource(file.toUri().toString(), Sha256.of(file));
    }

    private void pull(ImageSource source) {
        new ImagePulls(cache, Map.of()).pull(List.of(source), line -> {});
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(cache.folder())) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a.img.xz",
                "a.img.gz",
                "a.img.zst",
                "a.tar",
                "a.tar.xz",
                "a.txz",
                "a.tar.gz",
                "a.TGZ",
                "a.tar.zst",
                "a.tzst"
            })
    void unpacksWhatTheNameSays(String name) throws IOException {
        String small = name.toLowerCase(java.util.Locale.ROOT);
        byte[] plain = small.contains("t") && small.matches(".*\\.t.*") ? tar(image, "folder/disk.raw") : image;
        ImageSource source = put(name, pack(small, plain));
        pull(source);
        Path file = cache.find(source, line -> {});
        assertThat(file).isNotNull().hasBinaryContent(image);
        assertThat(files()).containsExactly(source.digest() + ".unpacked", source.digest() + ".unpacked.json");
        assertThat(((Number) Files.getAttribute(file, "unix:nlink")).intValue()).isOne();
    }

    @Test
    void keepsADownloadAsItIsWhenItsNameSaysNothing() throws IOException {
        byte[] packed = pack("initrd.gz", image);
        ImageSource source = put("initrd.img", packed);
        pull(source);
        assertThat(cache.file(source)).hasBinaryContent(packed);
    }

    @Test
    void readsSparseTarFilesOfGnuTar() throws Exception {
        Files.write(home.resolve("disk.raw"), image);
        Process tar = new ProcessBuilder("sh", "-c", "fallocate -d disk.raw; tar -S -cf s.tar disk.raw")
                .directory(home.toFile())
                .inheritIO()
                .start();
        assertThat(tar.waitFor()).isZero();
        ImageSource source = put("sparse.tar", Files.readAllBytes(home.resolve("s.tar")));
        pull(source);
        assertThat(cache.file(source)).hasBinaryContent(image);
    }

    @Test
    void refusesWhatHasNotOneImageInItAndKeepsNothing() throws IOException {
        byte[] one = {1};
        refuses(put("two.tar", tar(one, "a", "b")), "more than one file in it: a and b");
        refuses(put("none.tar", tar(one)), "has no file in it");
        refuses(put("link.tar", tar(one, "link")), "something in it that is not a file: link");
        refuses(put("no.xz", one), "cannot be unpacked, though its digest is right");
        refuses(put("no.gz", one), "cannot be unpacked, though its digest is right");
        refuses(put("no.zst", one), "cannot be unpacked, though its digest is right");
        byte[] cut = pack("a.xz", image);
        refuses(put("cut.img.xz", Arrays.copyOf(cut, cut.length / 2)), "cannot be unpacked");
    }

    private void refuses(ImageSource source, String message) throws IOException {
        assertThatThrownBy(() -> pull(source))
                .isInstanceOf(FailedException.class)
                .hasMessageContaining(source.url())
                .hasMessageContaining(message);
        assertThat(files()).isEmpty();
    }

    @Test
    void looksAgainAtAnUnpackedImageByItsOwnDigest() throws IOException {
        ImageSource source = put("a.img.gz", pack("a.img.gz", image));
        pull(source);
        Path record = cache.folder().resolve(source.cacheName() + ".json");
        String text = Files.readString(record);
        Files.writeString(record, text.replaceFirst("\"seen\":\"[^\"]*\"", "\"seen\":\"\""));
        assertThat(cache.find(source, line -> {})).isNotNull();
        assertThat(record).hasContent(text.strip());
        Files.delete(record);
        assertThat(cache.find(source, line -> {})).isNull();
        assertThat(files()).as("nobody knows what it should be").isEmpty();
    }

    @Test
    void leavesHolesWhereThereAreZeros() throws Exception {
        ImageSource source = put("a.img.gz", pack("a.img.gz", image));
        pull(source);
        Process du = new ProcessBuilder("du", "-k", cache.file(source).toString()).start();
        String kibibytes = new String(du.getInputStream().readAllBytes(), StandardCharsets.UTF_8).split("\\s")[0];
        assertThat(Integer.parseInt(kibibytes)).isLessThan(512);
    }

    @Test
    void digestsAFileTheSameByProgramAndByJava() throws IOException {
        Path file = Files.write(home.resolve("a \\ name"), image);
        assertThat(Sha256.byProgram(file)).isEqualTo(Sha256.byJava(file)).hasSize(64);
        assertThat(Sha256.byProgram(home.resolve("absent"))).isNull();
    }
}
