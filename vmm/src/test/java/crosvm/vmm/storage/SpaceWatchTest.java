package crosvm.vmm.storage;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.vmm.linux.Fd;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpaceWatchTest {
    @TempDir
    Path folder;

    @Test
    void tellsOnceEachTimeThatTheFileSystemFillsUp() throws Exception {
        Lines said = new Lines();
        Logger log = Logger.getLogger(SpaceWatch.class.getName());
        log.addHandler(said);
        try (SmallFileSystem small = SmallFileSystem.over(folder, 2)) {
            Path overlay = Files.createFile(folder.resolve("over.qcow2"));
            try (SpaceWatch space = new SpaceWatch("blk work", Fd.open(overlay.toString(), Fd.O_RDWR))) {
                space.look();
                assertThat(space.isFull()).isFalse();
                assertThat(said.lines).isEmpty();
                small.fill();
                space.look();
                space.look();
                assertThat(space.isFull()).isTrue();
                assertThat(said.lines)
                        .containsExactly("blk work: the file system of " + overlay
                                + " is full; the guest sees write errors until there is room again");
                small.makeRoom();
                space.look();
                assertThat(space.isFull()).isFalse();
                assertThat(said.lines).hasSize(1);
                small.fill();
                space.look();
                assertThat(space.isFull()).isTrue();
                assertThat(said.lines).hasSize(2);
            }
        } finally {
            log.removeHandler(said);
        }
    }

    @Test
    void saysNothingOfWhatHasNoFileSystemOfItsOwn() {
        try (SpaceWatch space = new SpaceWatch("blk work", Fd.open("/dev/full", Fd.O_RDWR))) {
            space.look();
            assertThat(space.isFull()).isFalse();
        }
    }

    private static final class Lines extends Handler {
        private final List<String> lines = new CopyOnWriteArrayList<>();

        @Override
        public void publish(LogRecord record) {
            lines.add(record.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }
}
