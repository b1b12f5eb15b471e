package crosvm.runner.instance;

import crosvm.vmm.graph.DeviceGraph;
import crosvm.vmm.machine.ConsoleTargets;
import crosvm.vmm.machine.Credentials;
import crosvm.vmm.machine.Machine;
import crosvm.vmm.machine.MachineBuilder;
import crosvm.vmm.machine.Shutdown;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Runs of a real machine. {@link #once} belongs to one thread, {@link #stop(Shutdown)} to any. */
final class MachineRuns implements Supervisor.Runs {
    private final DeviceGraph graph;
    private final ConsoleTargets places;
    private final Path controlSocket;
    private final Credentials credentials;
    private @Nullable Shutdown stopped;
    private @Nullable Machine machine;

    MachineRuns(DeviceGraph graph, ConsoleTargets places, Path controlSocket, Credentials credentials) {
        this.graph = graph;
        this.places = places;
        this.controlSocket = controlSocket;
        this.credentials = credentials;
    }

    @Override
    public Supervisor.End once(Runnable running) {
        Machine made = MachineBuilder.build(graph, places, controlSocket, credentials);
        Shutdown how;
        try (made) {
            if (!isStopped(made)) {
                running.run();
            }
            how = made.run();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            how = Shutdown.of(Shutdown.Reason.STOPPED);
        } finally {
            forget();
        }
        return new Supervisor.End(how, made.isEndWanted()); // Asked last, when nobody can ask for it any more.
    }

    private synchronized boolean isStopped(Machine made) {
        machine = made;
        if (stopped != null) {
            made.stop(stopped);
        }
        return stopped != null;
    }

    private synchronized void forget() {
        machine = null;
    }

    @Override
    public synchronized void stop(Shutdown how) {
        stopped = how;
        if (machine != null) {
            machine.stop(how);
        }
    }
}
