package crosvm.vmm.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.vmm.VmmException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Places that output cannot go to, or at which nobody can listen. */
@Timeout(120)
class ConsolePlacesTest {
    @TempDir
    Path folder;

    private final ConsoleHub hub = new ConsoleHub("com1");

    @AfterEach
    void closes() {
        hub.close();
    }

    @Test
    void namesPortAndFileThatCannotBeWritten() {
        hub.start();
        assertThatThrownBy(() -> hub.appendTo(folder))
                .hasMessageStartingWith(
                        "console.com1: " + folder + ": cannot be opened for writing: EISDIR (is a directory)");
    }

    @Test
    void refusesAFifoWithoutWaitingForItsReader() throws Exception {
        Path fifo = folder.resolve("fifo");
        assertThat(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor())
                .isZero();
        hub.start();
        assertThatThrownBy(() -> hub.appendTo(fifo))
                .isInstanceOf(VmmException.class)
                .hasMessageStartingWith("console.com1: " + fifo + ": is a FIFO");
        Process reader = new ProcessBuilder("cat", fifo.toString()).start();
        try {
            assertThatThrownBy(() -> {
                        for (int i = 0; i < 100; i++) { // Until the reader has opened it, the message is the other one.
                            Thread.sleep(10);
                            hub.appendTo(fifo);
                        }
                    })
                    .hasMessageStartingWith("console.com1: " + fifo + ": is a FIFO");
        } finally {
            reader.destroyForcibly();
        }
    }

    @Test
    void refusesASocketInAFolderThatSomebodyElseKeepsLocked() throws Exception {
        Process holder = new ProcessBuilder("flock", folder.toString(), "sh", "-c", "echo held; exec sleep 30").start();
        try {
            assertThat(holder.getInputStream().read()).isEqualTo('h');
            hub.start();
            assertThatThrownBy(() -> hub.listenAt(folder.resolve("console.sock")))
                    .isInstanceOf(VmmException.class)
                    .hasMessageContaining(folder + ": another process holds a lock on this folder");
        } finally {
            holder.descendants().forEach(ProcessHandle::destroyForcibly);
            holder.destroyForcibly();
        }
    }
}
