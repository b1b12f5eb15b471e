package crosvm.runner.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.runner.report.FailedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NameLockTest {
    @TempDir
    private Path runtime;

    private StateFolders folders;

    @BeforeEach
    void places() {
        folders = new StateFolders(runtime.resolve("crosvm"));
    }

    private NameLock take(String name) {
        return Objects.requireNonNull(NameLock.take(folders, name), "the name is free");
    }

    @Test
    void isOneProcesssUntilItIsClosed() {
        NameLock first = take("web");
        assertThat(NameLock.take(folders, "web")).isNull();
        assertThat(NameLock.take(folders, "db")).isNotNull();
        first.close();
        take("web").close();
    }

    @Test
    void keepsOthersOutOfTheFolders() throws IOException {
        take("web").close();
        for (String folder : List.of("crosvm", "crosvm/web")) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(runtime.resolve(folder))))
                    .isEqualTo("rwx------");
        }
    }

    @Test
    void leavesNothingWhenItIsRemoved() {
        NameLock claim = take("web");
        claim.write(States.alive("web", Phase.RUNNING));
        claim.remove();
        claim.close();
        assertThat(runtime.resolve("crosvm")).isEmptyDirectory();
    }

    @Test
    void isNotFreshWhereAMachineOfTheBackgroundHasLeftItsLog() {
        NameLock first = take("web");
        assertThat(first.isFresh()).isTrue();
        first.write(States.dead("web", Phase.ENDED, 0));
        first.close();
        NameLock second = take("web");
        assertThat(second.isFresh()).isFalse();
        second.write(States.of("web", ProcessKey.self(), Phase.RUNNING, null, false));
        second.close();
        assertThat(take("web").isFresh()).as("after one on a terminal").isTrue();
    }

    /** All end with a remove, so that locks are taken on files that are just being removed. */
    @Test
    void isHeldByOneAtATimeHoweverManyTakeAndRemoveIt() throws Exception {
        int threads = 4;
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        CyclicBarrier together = new CyclicBarrier(threads);
        List<String> inside = new ArrayList<>();
        Callable<Integer> taker = () -> {
            int taken = 0;
            together.await();
            for (int i = 0; i < 200; i++) {
                NameLock claim = NameLock.take(folders, "web");
                if (claim != null) {
                    synchronized (inside) {
                        assertThat(inside).isEmpty();
                        inside.add("me");
                    }
                    claim.write(States.alive("web", Phase.RUNNING));
                    synchronized (inside) {
                        inside.clear();
                    }
                    claim.remove();
                    claim.close();
                    taken++;
                }
            }
            return taken;
        };
        try {
            List<Future<Integer>> results = pool.invokeAll(List.of(taker, taker, taker, taker));
            int taken = 0;
            for (Future<Integer> result : results) {
                taken += result.get();
            }
            assertThat(taken).isPositive();
        } finally {
            pool.shutdownNow();
        }
        assertThat(runtime.resolve("crosvm")).isEmptyDirectory();
    }

    @Test
    void showsReadersTheOldStateOrTheNewOneAndNothingBetween() throws Exception {
        try (NameLock claim = take("web")) {
            claim.write(States.alive("web", Phase.STARTING));
            ExecutorService pool = Executors.newSingleThreadExecutor();
            Future<?> writer = pool.submit(() -> {
                for (int i = 0; i < 500; i++) {
                    claim.write(States.alive("web", i % 2 == 0 ? Phase.RUNNING : Phase.STARTING));
                }
            });
            try {
                while (!writer.isDone()) {
                    assertThat(folders.of("web").read()).isNotNull();
                }
                writer.get();
            } finally {
                pool.shutdownNow();
            }
        }
    }

    @Test
    void saysWhichFolderCannotBeMadeAndWhatToDo() {
        StateFolders nowhere = new StateFolders(runtime.resolve("missing/crosvm"));
        assertThatThrownBy(() -> NameLock.take(nowhere, "web"))
                .isInstanceOf(FailedException.class)
                .hasMessageContainingAll(nowhere.path().toString(), "does not exist", "XDG_RUNTIME_DIR");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void refusesAPlaceThatSomebodyElseHasPrepared(boolean link) throws IOException {
        if (link) {
            Files.createSymbolicLink(folders.path(), Files.createDirectory(runtime.resolve("elsewhere")));
        } else {
            Files.writeString(folders.path(), "a file");
        }
        assertThatThrownBy(() -> NameLock.take(folders, "web"))
                .isInstanceOf(FailedException.class)
                .hasMessageContainingAll(folders.path().toString(), "is not a folder");
    }
}
