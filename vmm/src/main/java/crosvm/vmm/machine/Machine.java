package crosvm.vmm.machine;

import crosvm.vmm.control.ControlServer;
import crosvm.vmm.event.EventLoop;
import crosvm.vmm.hosting.ResourceStack;
import crosvm.vmm.hosting.VirtioDevices;
import crosvm.vmm.machine.Shutdown.Reason;
import crosvm.vmm.metrics.MachineStats;
import crosvm.vmm.operation.GuestControl;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A machine that is ready to run: owns every descriptor, mapping and thread, and the order of closing them. Made by
 * {@link MachineBuilder}; {@link #run} and {@link #close()} belong to one thread, {@link #stop(Shutdown)} and the counters to
 * any.
 */
public final class Machine implements AutoCloseable {
    private final ResourceStack resources;
    private final List<VcpuThread> vcpus;
    private final EventLoop loop;
    private final EndOfGuest end;
    private final RunningGuest guest;
    private final VirtioDevices devices;
    private final Runnable onReady;
    private final StatsCollector figures;
    private final @Nullable ControlServer control;
    private final Thread loopThread;
    private boolean started;

    /** @param onReady called once all devices work, on the thread that runs the machine */
    Machine(
            ResourceStack resources,
            List<VcpuThread> vcpus,
            EventLoop loop,
            EndOfGuest end,
            RunningGuest guest,
            StatsCollector figures,
            VirtioDevices devices,
            Runnable onReady,
            @Nullable ControlServer control) {
        this.resources = resources;
        this.vcpus = List.copyOf(vcpus);
        this.loop = loop;
        this.end = end;
        this.guest = guest;
        this.control = control;
        this.figures = figures;
        this.devices = devices;
        this.onReady = onReady;
        this.loopThread = new Thread(this::runLoop, "main-loop");
        loopThread.setDaemon(true);
    }

    /**
     * Runs the guest to its end. It runs while processes of its devices still start, of which it waits for those that it touches; a
     * guest that ends before waits for all of them, so that one that does not start is told of in any case. All vCPUs have left
     * the guest when this returns.
     *
     * @param running called once all devices work, unless it is to stop before
     * @return how it ended
     * @throws crosvm.vmm.VmmException when a device does not start
     */
    public Shutdown run(Runnable running) throws InterruptedException {
        started = true;
        loopThread.start();
        try {
            for (VcpuThread vcpu : vcpus) {
                vcpu.start();
            }
            if (devices.awaitReady()) {
                onReady.run();
                running.run();
            }
            Shutdown how = end.await();
            devices.hurry();
            stopVcpus();
            loop.call(() -> guest.ended(how));
            return how;
        } finally {
            devices.hurry(); // The vCPUs may wait for one.
            stopVcpus();
        }
    }

    /** Ends the machine without asking the guest: {@link #run} returns soon. Before the start, it ends at once. */
    public void stop(Shutdown how) {
        end.end(how);
        devices.abandon();
    }

    /** Whether somebody outside has asked, over the control socket, for the end of the machine. Any thread. */
    public boolean isEndWanted() {
        return guest.isEndWanted();
    }

    /** Whether its vCPUs stand still at somebody's wish. Any thread. */
    public boolean isSuspended() {
        return guest.state() != GuestControl.State.RUNNING;
    }

    /** What the machine has done so far. Any thread, until it is closed. */
    public MachineStats stats() {
        return figures.stats();
    }

    private void runLoop() {
        try {
            loop.run();
        } catch (RuntimeException e) {
            end.end(new Shutdown(Reason.FAILED, "main event loop: " + e.getMessage()));
        }
    }

    private void stopVcpus() throws InterruptedException {
        for (VcpuThread vcpu : vcpus) {
            vcpu.stop();
        }
        for (VcpuThread vcpu : vcpus) {
            vcpu.join();
        }
    }

    /**
     * Devices first, then everything else in the reverse order of its making, then the loop that served them. Clients of
     * the control socket lose their connection last, when the machine has let go of everything.
     */
    @Override
    public void close() {
        resources.close();
        if (started) {
            loop.stop();
            try {
                loopThread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return; // The loop still runs; closing its descriptors under it would be worse than leaking them.
            }
        }
        loop.close();
        if (control != null) {
            control.close();
        }
    }
}
