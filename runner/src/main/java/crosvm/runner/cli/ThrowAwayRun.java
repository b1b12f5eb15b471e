package crosvm.runner.cli;

import crosvm.runner.instance.BackgroundProcess;
import crosvm.runner.instance.InstanceState;
import crosvm.runner.instance.LeftState;
import crosvm.runner.instance.MachineDown;
import crosvm.runner.instance.MachineProcess;
import crosvm.runner.instance.StartOrigin;
import crosvm.runner.instance.StateFolder;
import crosvm.runner.instance.StateFolders;
import crosvm.runner.report.ErrorReport;
import crosvm.runner.report.ExitStatus;
import crosvm.runner.report.Progress;
import crosvm.runner.ssh.GuestPort;
import crosvm.runner.ssh.GuestProgram;
import crosvm.runner.ssh.SshGreeting;
import crosvm.runner.ssh.UnreachableException;
import crosvm.schema.model.VmSpec;
import crosvm.vmm.graph.DeviceGraph;
import crosvm.vmm.linux.EndingSignals;
import crosvm.vmm.module.kind.DeviceModules;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A machine for one command: booted, entered, ended and forgotten. It runs in this very process, so that nothing is left of it however
 * the process ends; what the machine's side has to say is shown only when the command could not be run. Used by one thread.
 */
final class ThrowAwayRun {
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(30);
    private static final Duration ASK_AGAIN = Duration.ofMillis(200);
    private static final long HOOK_SECONDS = 15;

    private final VmSpec spec;
    private final Streams streams;
    private final StateFolder folder;
    private final ByteArrayOutputStream said = new ByteArrayOutputStream();
    private final CountDownLatch claimed = new CountDownLatch(1);
    private final CountDownLatch over = new CountDownLatch(1);
    private volatile @Nullable Throwable failure;

    ThrowAwayRun(VmSpec spec, Streams streams) {
        this.spec = spec;
        this.streams = streams;
        folder = StateFolders.of(streams.environment()).of(spec.name());
    }

    /**
     * Runs it.
     *
     * @param program what is run in the guest
     * @param patience how long the guest may take to let somebody in
     * @param shutDown how long the guest may take to shut down, where something of it is kept; null where nothing is
     * @param words the command line
     * @return the status of what ran
     * @throws UnreachableException when nothing has run; that has been told
     */
    int run(GuestProgram program, Duration patience, @Nullable Duration shutDown, List<String> words) {
        SpecImages images = new SpecImages(streams);
        images.pull(spec);
        DeviceGraph graph = DeviceModules.plan(images.locate(spec));
        InstanceState.Launch launch = BackgroundProcess.launch(
                spec, new StartOrigin(null, words, null, null), Path.of("").toAbsolutePath(), true);
        MachineProcess process = new MachineProcess(
                        graph,
                        launch,
                        StateFolders.of(streams.environment()),
                        new PrintStream(said, true, StandardCharsets.UTF_8))
                .onClaim(mine -> claimed.countDown());
        Thread machine = new Thread(() -> live(process), "machine");
        Thread hook = new Thread(this::forget, "forget-machine");
        if (!EndingSignals.atEnd(hook)) {
            return ExitStatus.FAILED.code(); // The signal's status is what is returned.
        }
        machine.start();
        try {
            return enter(program, patience);
        } catch (UnreachableException e) {
            tell(e);
            throw e;
        } finally {
            end(process, shutDown);
            try {
                Runtime.getRuntime().removeShutdownHook(hook);
                LeftState.of(folder).remove();
            } catch (IllegalStateException e) {
                awaitEnd(); // A signal ends the program, and the hook has the rest.
            }
        }
    }

    private void live(MachineProcess process) {
        try {
            process.runInBackground();
        } catch (RuntimeException | Error e) {
            failure = e;
        } finally {
            claimed.countDown();
            over.countDown();
        }
    }

    private int enter(GuestProgram program, Duration patience) {
        try {
            claimed.await();
            Progress.during(streams.err(), streams.showsProgress(), spec.name() + ": booting", progress -> {
                SshGreeting.await(new GuestPort(folder, GuestPort.SSH), patience);
                return true;
            });
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        return program.run(GuestLogin.options(folder, patience));
    }

    /** In the words of whatever went wrong first. */
    private void tell(UnreachableException e) {
        Throwable cause = failure;
        streams.err().print(said.toString(StandardCharsets.UTF_8));
        if (cause != null) {
            new ErrorReport(streams.err(), streams.debug()).tell(cause);
        } else {
            GuestLogin.tell(e, folder, streams);
        }
    }

    private void end(MachineProcess process, @Nullable Duration shutDown) {
        if (shutDown != null && over.getCount() > 0 && failure == null) {
            MachineDown.begin(folder, shutDown);
            awaitEnd(shutDown);
        }
        long start = System.nanoTime();
        while (over.getCount() > 0 && System.nanoTime() - start < STOP_PATIENCE.toNanos()) {
            process.stop(); // Again where it had not come to life yet.
            awaitEnd(ASK_AGAIN);
        }
    }

    private void awaitEnd() {
        awaitEnd(Duration.ofSeconds(HOOK_SECONDS));
    }

    private void awaitEnd(Duration time) {
        try {
            over.await(time.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** On a signal, which ends the machine by itself. */
    private void forget() {
        awaitEnd();
        LeftState.of(folder).tryRemove();
    }
}
