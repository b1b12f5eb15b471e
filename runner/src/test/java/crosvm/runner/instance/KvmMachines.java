package crosvm.runner.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** The machines of a test that runs real ones: it is skipped where there is no KVM, and what still runs after it is ended. */
public final class KvmMachines {
    private static final Path KVM = Path.of("/dev/kvm");
    private static final int END_SECONDS = 60;

    private KvmMachines() {}

    /** Skips the calling test, with the reason, where /dev/kvm does not open. */
    public static void assumeKvm() {
        assumeTrue(Files.isReadable(KVM) && Files.isWritable(KVM), "no /dev/kvm");
    }

    /**
     * Ends all machines, and returns when their processes are gone.
     *
     * @param runtime what their {@code XDG_RUNTIME_DIR} was
     */
    public static void end(Path runtime) throws InterruptedException {
        for (InstanceState state : new StateFolders(runtime.resolve("crosvm")).all()) {
            if (state.phaseNow().isAlive()) {
                end(state);
            }
        }
    }

    /** Ends a machine's process, and returns when it is gone. */
    static void end(InstanceState state) throws InterruptedException {
        ProcessKey process = state.process();
        if (!process.isAlive()) {
            return;
        }
        ProcessHandle.of(process.pid()).ifPresent(ProcessHandle::destroyForcibly);
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(END_SECONDS);
        while (process.isAlive() && System.nanoTime() < deadline) {
            TimeUnit.MILLISECONDS.sleep(10);
        }
        assertThat(process.isAlive())
                .as("process %s, killed a minute ago, runs", process.pid())
                .isFalse();
    }
}
