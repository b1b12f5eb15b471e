package crosvm.runner.instance;

import crosvm.vmm.graph.DeviceGraph;
import crosvm.vmm.linux.FdChannel;
import crosvm.vmm.linux.Terminal;
import crosvm.vmm.machine.BareLog;
import crosvm.vmm.machine.Machine;
import crosvm.vmm.machine.MachineBuilder;
import crosvm.vmm.machine.RuntimePlaces;
import crosvm.vmm.machine.Shutdown;
import java.io.PrintStream;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A machine on the terminal crosvm was started from, from its making to its end. SIGINT, SIGTERM and SIGHUP end it the
 * orderly way: the JVM starts its shutdown hooks, ours stops the machine and waits until all is closed, and the JVM then
 * ends the process with 128 plus the signal's number.
 */
public final class Foreground {
    /** How long a signal waits for the machine's end; vCPUs leave the guest within milliseconds. */
    private static final long PATIENCE_SECONDS = 10;

    private static final int STANDARD_INPUT = 0;
    private static final int STANDARD_OUTPUT = 1;

    private Foreground() {}

    /**
     * Makes the machine, runs it to its end and closes it. Called by one thread.
     *
     * @param err for a message when the machine does not end
     * @return how it ended
     * @throws crosvm.vmm.VmmException when the machine cannot be made
     */
    public static Shutdown run(DeviceGraph graph, PrintStream err) {
        BareLog.install();
        CountDownLatch closed = new CountDownLatch(1);
        try (Terminal terminal = Terminal.of(STANDARD_INPUT);
                FdChannel output = FdChannel.over(STANDARD_OUTPUT, "standard output");
                Machine machine = MachineBuilder.build(
                        graph, RuntimePlaces.onTerminal(terminal, output), graph.controlSocket())) {
            Thread hook = new Thread(() -> stop(machine, closed, err), "stop-on-signal");
            if (!register(hook)) {
                return Shutdown.of(Shutdown.Reason.STOPPED);
            }
            try {
                return machine.run();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return Shutdown.of(Shutdown.Reason.STOPPED);
            } finally {
                forget(hook);
            }
        } finally {
            closed.countDown();
        }
    }

    private static void stop(Machine machine, CountDownLatch closed, PrintStream err) {
        machine.stop();
        try {
            if (!closed.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                err.println(
                        "crosvm: the machine did not end within " + PATIENCE_SECONDS + " s; leaving it to the kernel");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static boolean register(Thread hook) {
        try {
            Runtime.getRuntime().addShutdownHook(hook);
            return true;
        } catch (IllegalStateException e) {
            return false; // A signal came while the machine was made: it never starts.
        }
    }

    private static void forget(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // A signal ends the program, and the hook waits for us.
            return;
        }
    }
}
