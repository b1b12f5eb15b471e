package crosvm.vmm.storage;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.vmm.LoggedLines;
import crosvm.vmm.linux.Fd;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpaceWatchTest {
    @TempDir
    Path folder;

    @Test
    void tellsOnceEachTimeThatTheFileSystemFillsUp() throws Exception {
        try (LoggedLines said = new LoggedLines(SpaceWatch.class.getName());
                SmallFileSystem small = SmallFileSystem.over(folder, 2)) {
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
        }
    }

    @Test
    void saysNothingOfWhatHasNoFileSystemOfItsOwn() {
        try (SpaceWatch space = new SpaceWatch("blk work", Fd.open("/dev/full", Fd.O_RDWR))) {
            space.look();
            assertThat(space.isFull()).isFalse();
        }
    }
}
