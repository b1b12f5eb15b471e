package crosvm.runner.bootentry;

import crosvm.runner.image.ImageCache;
import crosvm.runner.report.FailedException;
import crosvm.schema.model.DiskSpec;
import crosvm.schema.model.KernelSpec;
import crosvm.schema.model.VmSpec;
import crosvm.schema.model.VsockSpec;
import crosvm.vmm.FailureReason;
import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.virtio.remote.VhostVsock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/**
 * A spec as it is run on this host: what was downloaded by its path in the cache, the root disk's kernel copied out, {@code root=}
 * for the right partition, a context id for {@code vsock: auto}. Used by one thread.
 */
public final class LocalSpec {
    private static final Pattern BY_CONTENT = Pattern.compile(
            "root=\"?((PART)?(UUID|LABEL)=|ZFS=|/dev/mapper/|/dev/disk/by-(uuid|label|partuuid|partlabel)/)");

    private final ImageCache cache;
    private final Consumer<String> tell;

    /** @param tell gets what the user should know of images that had to be removed */
    public LocalSpec(Map<String, String> environment, Consumer<String> tell) {
        this.cache = ImageCache.of(environment);
        this.tell = tell;
    }

    /**
     * The spec to run.
     *
     * @throws FailedException when an image is not there, or has no kernel to boot
     */
    public VmSpec of(VmSpec spec) {
        return withContextId(withImages(spec));
    }

    /** What no host has for vsock is told by whoever opens the device. */
    private static VmSpec withContextId(VmSpec spec) {
        if (spec.vsock() == null || spec.vsock().cid() != null) {
            return spec;
        }
        try {
            return spec.with(new VsockSpec(VhostVsock.freeCid()));
        } catch (ErrnoException e) {
            return spec;
        }
    }

    private VmSpec withImages(VmSpec spec) {
        VmSpec local = cache.locate(spec, tell);
        DiskSpec disk =
                local.disks().stream().filter(DiskSpec::root).findFirst().orElse(null);
        if (disk == null || local.kernel().builtin() != null) {
            return local;
        }
        Path image = disk.file();
        boolean fromRoot = local.kernel().from() != null;
        // Whoever opens it later tells what is wrong with it.
        if (!fromRoot && (!Files.isRegularFile(image) || !Files.isReadable(image))) {
            return local;
        }
        if (fromRoot && Files.notExists(image)) {
            throw new FailedException("disks." + disk.id() + ": " + image + ": no such file; correct the path");
        }
        try {
            if (fromRoot && !Files.isRegularFile(image)) {
                throw new BootEntryException("it is not a file; kernel.from: root reads images in files");
            }
            try (RootDisk root = new RootDisk(disk, cache)) {
                return local.with(
                        fromRoot
                                ? fromRoot(local.kernel(), disk, root)
                                : local.kernel()
                                        .withParams(params(local.kernel().params(), List.of(), 0, disk, root)));
            }
        } catch (IOException e) {
            throw failed(disk, FailureReason.of(e), e);
        } catch (BootEntryException e) {
            throw failed(disk, "nothing can be booted from it: " + e.getMessage(), e);
        }
    }

    private static FailedException failed(DiskSpec disk, String why, Exception e) {
        return new FailedException("disks." + disk.id() + ": " + disk.file() + ": " + why, e);
    }

    private static KernelSpec fromRoot(KernelSpec kernel, DiskSpec disk, RootDisk root)
            throws IOException, BootEntryException {
        RootKernel found = root.kernel();
        return kernel.found(
                found.kernel(),
                found.initrd(),
                params(kernel.params(), found.options(), found.partition(), disk, root));
    }

    /**
     * The spec's words for the kernel behind those of the image.
     *
     * @param bootPartition where the boot menu is; the root file system, when nothing else tells
     */
    private static List<String> params(
            List<String> own, List<String> images, int bootPartition, DiskSpec disk, RootDisk content)
            throws IOException, BootEntryException {
        List<String> words = new ArrayList<>(images);
        // The image's consoles are those of the machine it was made for.
        words.removeIf(word -> word.startsWith("console="));
        // Names by which a disk is found by its content are right here, too; others are of other controllers.
        words.removeIf(
                word -> word.startsWith("root=") && !BY_CONTENT.matcher(word).lookingAt());
        if (words.stream().noneMatch(word -> word.startsWith("root="))) {
            PartitionTable table = content.partitions();
            PartitionTable.Partition root = table.root();
            if (root == null && bootPartition > 0) {
                root = table.of(bootPartition);
            }
            if (root != null) {
                words.add("root=PARTUUID=" + root.uuid());
                if (words.stream().noneMatch(word -> word.equals("ro") || word.equals("rw"))) {
                    words.add(disk.readOnly() ? "ro" : "rw");
                }
            } else if (!table.partitions().isEmpty()) {
                throw new BootEntryException("it has " + table.partitions().size()
                        + " partitions, and their types do not tell which one is the root. Leave root: true out, and"
                        + " write root=PARTUUID=… in kernel.params");
            }
        }
        words.addAll(own);
        return words;
    }
}
