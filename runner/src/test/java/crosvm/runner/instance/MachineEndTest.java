package crosvm.runner.instance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What those who wait for a machine hear when its control socket is closed before they could ask. */
@Timeout(120)
class MachineEndTest {
    @TempDir
    private Path path;

    private CompletableFuture<MachineEnd> await(StateFolder folder) {
        CompletableFuture<MachineEnd> end = new CompletableFuture<>();
        Thread waiting = new Thread(() -> {
            try {
                end.complete(MachineEnd.await(folder, Duration.ofSeconds(100)));
            } catch (RuntimeException e) {
                end.completeExceptionally(e);
            }
        });
        waiting.setDaemon(true);
        waiting.start();
        return end;
    }

    /** What "the state was read before it went" can be seen by: the reading that follows it, of another phase. */
    private StateFolder folder(boolean background) throws IOException {
        StateFolder folder = new StateFolder("web", Files.createDirectories(path.resolve("web")));
        Files.writeString(
                folder.path().resolve("state.json"),
                States.of("web", ProcessKey.self(), Phase.RUNNING, null, background)
                        .toJson());
        return folder;
    }

    @Test
    void doesNotCallAMachineOnATerminalDeadThatTookItsStateAway() throws Exception {
        StateFolder folder = folder(false);
        CompletableFuture<MachineEnd> end = await(folder);
        Thread.sleep(500); // If it reads later than that, it hears of no machine, which is right as well.
        Files.delete(folder.path().resolve("state.json"));
        assertThat(end.get(60, TimeUnit.SECONDS)).isIn(MachineEnd.UNHEARD, null);
    }

    @Test
    void callsABackgroundMachineDeadThatIsGoneWithoutAWord() throws Exception {
        StateFolder folder = folder(true);
        CompletableFuture<MachineEnd> end = await(folder);
        Thread.sleep(500);
        Files.delete(folder.path().resolve("state.json"));
        assertThat(end.get(60, TimeUnit.SECONDS)).isIn(MachineEnd.DIED, null);
    }
}
