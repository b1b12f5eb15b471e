package crosvm.vmm.storage;

import crosvm.schema.model.CloudInitSpec;
import crosvm.schema.model.FilledText;
import crosvm.schema.model.SeedText;
import crosvm.vmm.FailureReason;
import crosvm.vmm.VmmException;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.Memfd;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * The disk from which cloud-init's NoCloud source reads: a file system labelled {@code cidata} with {@code user-data}, {@code
 * meta-data} and, if there is one, {@code network-config}. It is made in memory and never lies in a file of the host.
 */
public final class SeedImage {
    private static final String LABEL = "cidata";
    private static final Map<String, String> NAMES =
            Map.of("userData", "user-data", "metaData", "meta-data", "networkConfig", "network-config");

    private SeedImage() {}

    /**
     * Its files by name.
     *
     * @throws VmmException naming the file that cannot be read, and why
     */
    public static Map<String, byte[]> files(CloudInitSpec spec) {
        Map<String, byte[]> files = new LinkedHashMap<>();
        // Without a user-data file cloud-init takes the disk for something else.
        files.put("user-data", new byte[0]);
        spec.texts()
                .forEach((field, text) -> files.put(
                        Objects.requireNonNull(NAMES.get(field), field), bytes("guest.cloudInit." + field, text)));
        return files;
    }

    /**
     * The disk, sealed against any change.
     *
     * @throws VmmException as {@link #files}
     */
    public static Fd make(CloudInitSpec spec) {
        return Memfd.constant("cloud-init seed", IsoImage.of(LABEL, files(spec)));
    }

    private static byte[] bytes(String field, SeedText from) {
        FilledText text = from.text();
        return text != null
                ? text.text().getBytes(StandardCharsets.UTF_8)
                : read(
                        field,
                        Objects.requireNonNull(from.file(), "the loader lets nothing without text and file pass"));
    }

    private static byte[] read(String field, Path file) {
        String name = field + ": " + file;
        try {
            // Before opening: a FIFO would block.
            if (!Files.isRegularFile(file) && Files.exists(file)) {
                throw new VmmException(name + ": is not a regular file; give a file with the text");
            }
            if (Files.size(file) == 0) { // Or one of proc, which may be read for ever.
                return new byte[0];
            }
            try (InputStream in = Files.newInputStream(file)) {
                byte[] bytes = in.readNBytes(SeedText.MAX_BYTES + 1);
                if (bytes.length > SeedText.MAX_BYTES) {
                    throw new VmmException(
                            name + ": has more than 1MiB; hand large data to the guest by a disk or a share");
                }
                return bytes;
            }
        } catch (NoSuchFileException e) {
            throw new VmmException(
                    name + ": no such file; check the path (relative ones start at vm.yaml's folder)", e);
        } catch (AccessDeniedException e) {
            throw new VmmException(name + ": permission denied; make the file readable for your user", e);
        } catch (IOException e) {
            throw new VmmException(name + ": cannot be read: " + FailureReason.of(e), e);
        }
    }
}
