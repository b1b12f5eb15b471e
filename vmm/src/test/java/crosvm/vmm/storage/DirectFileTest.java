package crosvm.vmm.storage;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.schema.model.DiskCache;
import crosvm.schema.model.DiskFormat;
import crosvm.schema.model.DiskSpec;
import crosvm.vmm.VmmException;
import crosvm.vmm.linux.Fd;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class DirectFileTest {
    private static final Path OF_PROC = Path.of("/proc/version");

    private static DiskSpec disk(DiskCache cache) {
        return new DiskSpec("a", OF_PROC, null, true, false, DiskFormat.RAW, null, null, null, cache);
    }

    @Test
    void namesTheFileSystemThatHasNoDirectIo() {
        try (Fd file = Fd.open(OF_PROC.toString(), Fd.O_RDONLY)) {
            assertThatThrownBy(() -> DirectFile.requireWhereWanted(disk(DiskCache.NONE), file))
                    .isInstanceOf(VmmException.class)
                    .hasMessage(
                            "/proc/version: cache: none is not possible: its file system (proc) has no direct I/O. Move"
                                    + " the file to another one, or set cache: host");
        }
    }

    @Test
    void asksNothingOfAFileInThePageCache() {
        try (Fd file = Fd.open(OF_PROC.toString(), Fd.O_RDONLY)) {
            DirectFile.requireWhereWanted(disk(DiskCache.HOST), file);
        }
    }
}
