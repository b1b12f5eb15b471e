package crosvm.vmm.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.schema.model.CloudInitSpec;
import crosvm.schema.model.SeedText;
import crosvm.vmm.VmmException;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.Memfd;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Seeds, read by GRUB's ISO 9660 driver and by libblkid, which is how a guest finds them. */
class SeedImageTest {
    @TempDir
    Path folder;

    private String run(String... command) throws Exception {
        Path out = folder.resolve("out");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(out.toFile())
                .start();
        try {
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        return Files.readString(out, StandardCharsets.ISO_8859_1);
    }

    private static CloudInitSpec seed(String userData, SeedText metaData) {
        return new CloudInitSpec(SeedText.of(userData), metaData, SeedText.of("version: 2\n"));
    }

    @Test
    void isFoundByItsLabelAndReadByNamesThatKeepTheirCase() throws Exception {
        String large = "#cloud-config\n# " + "ü".repeat(5000) + "\n";
        Path meta = Files.writeString(folder.resolve("meta"), "instance-id: a\n");
        Path image = folder.resolve("seed.iso");
        try (Fd made = SeedImage.make(seed(large, new SeedText(null, meta)))) {
            assertThat(Memfd.isSealedAgainstWriting(made)).isTrue();
            assertThat(Memfd.isSealedAgainstShrinking(made)).isTrue();
            Files.copy(Path.of("/proc/self/fd/" + made.number()), image);
        }
        assertThat(run("blkid", "-p", "-o", "export", image.toString()))
                .contains("\nLABEL=cidata\n", "\nTYPE=iso9660\n");
        assertThat(run("grub-fstest", image.toString(), "ls", "(loop0)/").trim().split(" "))
                .containsExactlyInAnyOrder("meta-data", "network-config", "user-data");
        Path copy = folder.resolve("copy");
        for (Map.Entry<String, String> file : Map.of(
                        "user-data", large, "meta-data", "instance-id: a\n", "network-config", "version: 2\n")
                .entrySet()) {
            run("grub-fstest", image.toString(), "cp", "(loop0)/" + file.getKey(), copy.toString());
            assertThat(copy).as(file.getKey()).hasContent(file.getValue());
        }
    }

    /** cloud-init takes a disk without user-data for something else. */
    @Test
    void hasUserDataInAnyCase() {
        assertThat(SeedImage.files(new CloudInitSpec(null, SeedText.of("instance-id: a"), null)))
                .containsOnlyKeys("user-data", "meta-data");
    }

    @Test
    void refusesFilesThatAreMissingTooLargeOrNoFiles() throws IOException {
        refuses(folder.resolve("none"), ": no such file; check the path (relative ones start at vm.yaml's folder)");
        refuses(folder, ": is not a regular file; give a file with the text");
        Path large = Files.write(folder.resolve("large"), new byte[SeedText.MAX_BYTES + 1]);
        refuses(large, ": has more than 1MiB; hand large data to the guest by a disk or a share");
        Path most = Files.write(folder.resolve("most"), new byte[SeedText.MAX_BYTES]);
        assertThat(SeedImage.files(seed("#!", new SeedText(null, most))).get("meta-data"))
                .hasSize(SeedText.MAX_BYTES);
    }

    /** Of those of proc, which have no length, some are read for ever. */
    @Test
    void readsNothingOfAFileWithoutALength() {
        Path file = Path.of("/proc/self/status");
        assertThat(SeedImage.files(seed("#!", new SeedText(null, file))).get("meta-data"))
                .isEmpty();
    }

    private static void refuses(Path file, String why) {
        assertThatThrownBy(() -> SeedImage.make(seed("#!", new SeedText(null, file))))
                .isInstanceOf(VmmException.class)
                .hasMessage("guest.cloudInit.metaData: " + file + why);
    }

    /** The layout of ECMA-119: numbers in both byte orders, and a folder whose records no block border cuts. */
    @Test
    void isTheSameForTheSameFilesAndSaysItsSizeTwice() {
        Map<String, byte[]> files = new LinkedHashMap<>();
        files.put("b", new byte[IsoImage.BLOCK]);
        files.put("a", new byte[1]);
        byte[] image = IsoImage.of("x", files);
        assertThat(image).hasSize((21 + 2) * IsoImage.BLOCK).isEqualTo(IsoImage.of("x", files));
        assertThat(Arrays.copyOfRange(image, 16 * 2048 + 80, 16 * 2048 + 88)).containsExactly(23, 0, 0, 0, 0, 0, 0, 23);
        assertThatThrownBy(() -> IsoImage.of("x", Map.of("no/slash", new byte[0])))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
