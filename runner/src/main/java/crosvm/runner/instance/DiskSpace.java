package crosvm.runner.instance;

import crosvm.vmm.FailureReason;
import crosvm.vmm.VmmException;
import crosvm.vmm.graph.DeviceGraph;
import crosvm.vmm.graph.HostResource;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.FileType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Whether sparse images have room to grow: a guest whose writes fail for want of space loses data. */
final class DiskSpace {
    private DiskSpace() {}

    /** One finding for each image that a guest can write to and that has holes. */
    static List<Finding> look(DeviceGraph graph) {
        List<Finding> findings = new ArrayList<>();
        graph.pci().stream()
                .flatMap(function -> function.host().stream())
                .filter(resource -> resource.kind() == HostResource.Kind.FILE
                        && resource.access().contains("write"))
                .map(resource -> Path.of(resource.name()))
                .filter(Files::isRegularFile)
                .forEach(image -> add(findings, image));
        return findings;
    }

    private static void add(List<Finding> findings, Path image) {
        String subject = "space for " + image.getFileName();
        try (Fd file = Fd.open(image.toString(), Fd.O_RDONLY)) {
            long growth = FileType.sizeOf(file) - FileType.spaceOf(file);
            long free = Files.getFileStore(image).getUsableSpace();
            if (growth >> 20 > 0) {
                String found = "it can grow by " + mebibytes(growth) + ", its file system has " + mebibytes(free);
                findings.add(
                        growth <= free
                                ? Finding.ok(subject, found)
                                : Finding.note(subject, found, "free some space, or move the image"));
            }
        } catch (VmmException e) {
            return; // That it cannot be opened is told as the disk's problem.
        } catch (IOException e) {
            findings.add(Finding.note(subject, "cannot be determined: " + FailureReason.of(e), ""));
        }
    }

    private static String mebibytes(long bytes) {
        return (bytes >> 20) + " MiB";
    }
}
