package crosvm.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code crosvm disk create} and {@code info}, which need no machine. */
class DiskImagesTest {
    @TempDir
    private Path folder;

    @Test
    void createsAnImageAndTellsOfItAsTextAndJson() {
        Path image = folder.resolve("data.qcow2");
        assertThat(disk("create", image.toString(), "64MiB", "--image-format", "qcow2")
                        .status())
                .isZero();
        assertThat(disk("info", image.toString(), "--image-format", "qcow2").out())
                .isEqualTo("format: qcow2\nsize: 64MiB\n");
        assertThat(disk("info", image.toString(), "--image-format", "qcow2", "--format", "json")
                        .out())
                .isEqualTo("{\"file\":\"" + image + "\",\"format\":\"qcow2\",\"size\":67108864,\"base\":null}\n");
    }

    @Test
    void leavesAFileAloneThatIsAlreadyThere() throws IOException {
        Path image = Files.writeString(folder.resolve("data.img"), "mine");
        Run run = disk("create", image.toString(), "64MiB");
        assertThat(run.status()).isEqualTo(1);
        assertThat(run.err()).contains("already exists; not overwritten");
        assertThat(image).hasContent("mine");
    }

    @Test
    void takesAnImageForNothingButWhatItIsSaidToBe() throws IOException {
        Path image = Files.write(folder.resolve("zeros"), new byte[4096]);
        assertThat(disk("info", image.toString(), "--image-format", "qcow2").err())
                .contains("is not a qcow2 image; correct the format, or the path");
    }

    @Test
    void createsNoImageWhoseNameSaysAnotherFormat() {
        Path image = folder.resolve("data.qcow2");
        Run run = disk("create", image.toString(), "64MiB");
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).contains("is to be a raw image, and its name says qcow2; give --image-format qcow2");
        assertThat(image).doesNotExist();
    }

    @Test
    void namesItsActionsAndWhatTheyNeed() {
        assertThat(disk("frob").err()).contains("the actions are resize, limit, snapshot, create, info and clone");
        assertThat(disk("info").err()).contains("expected: info FILE");
        assertThat(disk("resize").err()).contains("expected: resize [MACHINE] ID SIZE");
        assertThat(disk("info", folder.resolve("nosuch").toString()).err()).contains("no such file; check the path");
    }

    @Test
    void refusesAnOptionOfAnotherAction() {
        Path image = folder.resolve("over.qcow2");
        Run run = disk("create", image.toString(), "64MiB", "--image-format", "qcow2", "--base", "base.img");
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).contains("--base belongs to clone, not to create");
        assertThat(image).doesNotExist();
        assertThat(disk("snapshot", "web", "data", "over.qcow2", "--iops", "5").err())
                .contains("--iops belongs to limit, not to snapshot");
        assertThat(disk("create", image.toString(), "64MiB", "--format", "json").err())
                .contains("--format belongs to info and resize, not to create");
        assertThat(disk("clone", "a.img", "b.img", "--base-format", "raw").err())
                .contains("--base-format needs --base");
    }

    @Test
    void tellsOfNothingButFilesAndBlockDevices() {
        assertThat(disk("info", folder.toString()).err())
                .isEqualTo("crosvm: " + folder + ": is a directory. A disk is an image file or a block device\n");
        assertThat(disk("info", "/dev/zero").err()).contains("is neither a file nor a block device");
    }

    @Test
    void warnsOfAnImageWhoseFormatWasForgotten() {
        Path image = folder.resolve("data.qcow2");
        disk("create", image.toString(), "64MiB", "--image-format", "qcow2");
        Run forgotten = disk("info", image.toString());
        assertThat(forgotten.out()).startsWith("format: raw\n");
        assertThat(forgotten.err()).contains("looks like a qcow2 image and is read as raw", "add --image-format");
        assertThat(disk("info", image.toString(), "--image-format", "raw").err())
                .isEmpty();
    }

    @Test
    void asksForTheUnitOfASizeInWordsThatItTakes() {
        assertThat(disk("create", folder.resolve("a").toString(), "12xx").err())
                .contains("SIZE: \"12xx\" is not a size");
        assertThat(disk("create", folder.resolve("a").toString(), "-5").err())
                .contains("SIZE: \"-5\" is not a size: write 20GiB or 512MiB");
        assertThat(disk("limit", "web", "data", "--bandwidth", "5").err())
                .contains("--bandwidth: \"5\" has no unit; write 5GiB or 5MiB");
    }

    private static Run disk(String... words) {
        String[] all = new String[words.length + 1];
        all[0] = "disk";
        System.arraycopy(words, 0, all, 1, words.length);
        return Run.with(Map.of(), all);
    }
}
