package crosvm.vmm.virtio.host;

import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.FileType;
import crosvm.vmm.linux.Memfd;
import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.memory.MemoryLayout;
import crosvm.vmm.vhostuser.MemoryTable;
import crosvm.vmm.vhostuser.VhostUserException;
import java.util.ArrayList;
import java.util.List;

/**
 * The memory a front-end shares, mapped. Whoever can truncate a shared file kills with SIGBUS everybody who touches
 * what is gone. Our own front-end's memory is sealed against that, and then seals are demanded. A foreign front-end's
 * (QEMU's) is not: its size is checked here, and if it is truncated later this process dies, which is what it is a
 * process of its own for. Belongs to the server's thread.
 */
final class ServedMemory implements AutoCloseable {
    private final MemoryTable table;
    private final GuestMemory memory;

    private ServedMemory(MemoryTable table, GuestMemory memory) {
        this.table = table;
        this.memory = memory;
    }

    /**
     * Maps the table's regions. The descriptors stay the caller's, who may close them afterwards.
     *
     * @throws crosvm.vmm.VmmException when number, kind, seals or sizes of the files are not right
     */
    static ServedMemory map(MemoryTable table, List<Fd> files, boolean sealedOnly) {
        if (files.size() != table.regions().size()) {
            throw new VhostUserException(
                    "memory table of " + table.regions().size() + " regions with " + files.size() + " descriptors");
        }
        List<GuestMemory.Source> sources = new ArrayList<>();
        for (int i = 0; i < files.size(); i++) {
            MemoryTable.Region region = table.regions().get(i);
            check(region, files.get(i), sealedOnly);
            sources.add(
                    new GuestMemory.Source(region.guestAddress(), region.size(), files.get(i), region.fileOffset()));
        }
        return new ServedMemory(table, GuestMemory.map(sources));
    }

    private static void check(MemoryTable.Region region, Fd file, boolean sealedOnly) {
        if (FileType.of(file) != FileType.REGULAR) {
            throw new VhostUserException("memory that is not a memfd or a file: " + region);
        }
        if (region.guestAddress() % MemoryLayout.PAGE != 0 || region.fileOffset() % MemoryLayout.PAGE != 0) {
            throw new VhostUserException("memory region that does not start on a page: " + region);
        }
        if (sealedOnly && !Memfd.isSealedAgainstShrinking(file)) {
            throw new VhostUserException("memory that is not sealed against shrinking: " + region);
        }
        if (region.fileOffset() + region.size() > FileType.sizeOf(file)) { // No overflow: the table has checked that.
            throw new VhostUserException("memory region beyond the end of its file: " + region);
        }
    }

    GuestMemory memory() {
        return memory;
    }

    MemoryTable table() {
        return table;
    }

    @Override
    public void close() {
        memory.close();
    }
}
