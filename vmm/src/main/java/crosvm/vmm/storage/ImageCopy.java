package crosvm.vmm.storage;

import crosvm.schema.model.DiskFormat;
import crosvm.vmm.PrintableText;
import crosvm.vmm.VmmException;
import crosvm.vmm.device.blk.BlockFile;
import crosvm.vmm.jail.HandedFiles;
import crosvm.vmm.linux.Fd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Copies what a disk image has in it, and what the image that it stands on has, into a new qcow2 image that stands alone: by
 * qemu-storage-daemon in its jail, because the images are not trusted. Used by one thread.
 */
public final class ImageCopy {
    private static final int LOOK_MILLISECONDS = 50;
    private static final String JOB = "copy";

    private ImageCopy() {}

    /**
     * An image, and how it is read.
     *
     * @param path of the file
     * @param format of it
     */
    public record Image(Path path, DiskFormat format) {}

    /**
     * Makes the copy.
     *
     * @param base on which the image stands, or null; what the image says about that does not count
     * @param target where nothing is yet
     * @throws VmmException when an image cannot be read or written; nothing is left behind then
     */
    public static void copy(Image image, @Nullable Image base, Path target) {
        if (Files.exists(target)) {
            throw new VmmException(target + ": already exists; not overwritten");
        }
        try (Fd from = BlockFile.openLocked(image.path(), true);
                Fd below = base == null ? null : BlockFile.openLocked(base.path(), true)) {
            ImageHeader header = ImageHeader.read(from, image.format());
            if (base == null && header.backing() != null) {
                throw new VmmException(image.path() + ": stands on another image (it names \"" + header.backing()
                        + "\"). Say which, if it is your own: --base FILE --base-format FORMAT");
            }
            if (base != null && below != null) {
                ImageHeader.read(below, base.format());
            }
            Fd.open(target.toString(), Fd.O_RDWR | Fd.O_CREAT | Fd.O_EXCL).close();
            try (Fd to = BlockFile.openLocked(target, false)) {
                Qcow2File.create(to, header.virtualSize());
                run(image, from, base, below, to, header.virtualSize());
            } catch (RuntimeException e) {
                delete(target);
                throw e;
            }
        }
    }

    private static void delete(Path target) {
        try {
            Files.deleteIfExists(target);
        } catch (IOException e) {
            return; // What made it fail is told.
        }
    }

    private static void run(Image image, Fd from, @Nullable Image base, @Nullable Fd below, Fd to, long bytes) {
        HandedFiles handed = new HandedFiles();
        List<String> options = new ArrayList<>();
        if (base != null && below != null) {
            BlockGraph.image(options, handed, "base", below, base.format(), true, null);
        }
        BlockGraph.image(options, handed, "image", from, image.format(), true, base == null ? null : "base");
        BlockGraph.image(options, handed, "target", to, DiskFormat.QCOW2, false, null);
        try (LoggedDaemon logged = new LoggedDaemon("copy", image.path(), handed, options, 2 * bytes + (64L << 20))) {
            copy(logged.daemon(), image.path());
        }
    }

    private static void copy(StorageDaemon daemon, Path image) {
        try {
            daemon.execute(
                    "blockdev-backup",
                    Map.of(
                            "job-id",
                            JOB,
                            "device",
                            "image",
                            "target",
                            "target",
                            "sync",
                            "full",
                            "auto-dismiss",
                            false));
            awaitEnd(daemon, image);
        } catch (QmpException e) {
            throw new VmmException(
                    image + ": cannot be copied: " + daemon.describeEnd(String.valueOf(e.getMessage())), e);
        }
    }

    private static void awaitEnd(StorageDaemon daemon, Path image) {
        while (true) {
            if (daemon.execute("query-jobs", Map.of()) instanceof List<?> jobs
                    && jobs.stream().findFirst().orElse(null) instanceof Map<?, ?> job
                    && "concluded".equals(job.get("status"))) {
                Object error = job.get("error");
                if (error != null) {
                    throw new VmmException(image + ": cannot be copied: " + PrintableText.of(String.valueOf(error)));
                }
                return;
            }
            try {
                Thread.sleep(LOOK_MILLISECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new VmmException("interrupted while " + image + " was copied", e);
            }
        }
    }
}
