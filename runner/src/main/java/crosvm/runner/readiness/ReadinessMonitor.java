package crosvm.runner.readiness;

import crosvm.vmm.VmmException;
import crosvm.vmm.graph.ReadinessPlan;
import crosvm.vmm.graph.ReadinessPlan.Sign;
import crosvm.vmm.virtio.remote.VhostVsock;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Watches one run of a machine: until its guest is ready, and its health from then on. Made by the thread that makes the machine;
 * the looking is done on a thread of its own, which never keeps the machine, and which tells the listener.
 */
public final class ReadinessMonitor implements AutoCloseable {
    private static final int LOOK_MILLISECONDS = 500;
    private static final int PAUSE_MILLISECONDS = 200;
    private static final int SSH_PORT = 22;

    private final ReadinessPlan plan;
    private final @Nullable ReadySign sign;
    private final @Nullable ReadySign look;
    private final InstantSource clock;
    private final Consumer<Readiness> listener;
    private final Thread thread = new Thread(this::run, "readiness");
    private BooleanSupplier paused = () -> false;
    private volatile boolean closed;

    /** With its signs given, for tests. */
    ReadinessMonitor(
            ReadinessPlan plan,
            @Nullable ReadySign sign,
            @Nullable ReadySign look,
            InstantSource clock,
            Consumer<Readiness> listener) {
        this.plan = plan;
        this.sign = sign;
        this.look = look;
        this.clock = clock;
        this.listener = listener;
        thread.setDaemon(true);
    }

    /**
     * Opens what is needed to see the signs.
     *
     * @param cid the guest's vsock context id, or null
     * @param inGuest makes a command of the host of one for the guest
     * @param listener gets each change, on this object's thread
     * @throws VmmException when this host has no vsock
     */
    public static ReadinessMonitor of(
            ReadinessPlan plan, @Nullable Long cid, UnaryOperator<List<String>> inGuest, Consumer<Readiness> listener) {
        ReadySign sign = sign(plan.ready(), cid, inGuest);
        ReadySign look =
                plan.health() == null || plan.health().equals(plan.ready()) ? sign : sign(plan.health(), cid, inGuest);
        return new ReadinessMonitor(plan, sign, plan.health() == null ? null : look, InstantSource.system(), listener);
    }

    private static @Nullable ReadySign sign(
            @Nullable Sign planned, @Nullable Long cid, UnaryOperator<List<String>> inGuest) {
        return planned == null
                ? null
                : switch (planned.kind()) {
                    case SYSTEMD -> systemd(guest(cid), inGuest);
                    case CONSOLE -> new ConsoleSign(planned.pattern());
                    case PORT -> new PortSign(planned.hostPort(), planned.guestPort());
                    case VSOCK -> new VsockSign(guest(cid), planned.guestPort());
                };
    }

    private static ReadySign systemd(long cid, UnaryOperator<List<String>> inGuest) {
        return new SystemdSign(
                cid, new AskedSystemd(inGuest.apply(AskedSystemd.QUESTION), new VsockSign(cid, SSH_PORT)));
    }

    /** A machine without a context id is one for which none could be chosen; the second try says why. */
    private static long guest(@Nullable Long cid) {
        return cid == null ? VhostVsock.freeCid() : cid;
    }

    /** Credentials that the guest needs to say that it is ready, by name. */
    public Map<String, String> credentials() {
        return sign == null ? Map.of() : sign.credentials();
    }

    /** Who is to see what the console shows; null when nobody need. */
    public @Nullable Consumer<ByteBuffer> console() {
        return sign instanceof ConsoleSign console ? console : null;
    }

    /**
     * The guest runs.
     *
     * @param suspended whether it is suspended: then it cannot answer, and nothing is held against it. Any thread
     */
    public void start(BooleanSupplier suspended) {
        paused = suspended;
        thread.start();
    }

    private void run() {
        try {
            if (sign != null) {
                awaitReady(sign);
            }
            if (look != null) {
                watchHealth(look);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // The machine has ended.
        } finally {
            closeSigns();
        }
    }

    private void awaitReady(ReadySign from) throws InterruptedException {
        tell(Readiness.State.WAITING, "waiting for " + plan.ready());
        Duration taken = Duration.ZERO;
        long counted = System.nanoTime();
        boolean overdue = false;
        while (!closed) {
            boolean couldAnswer = !paused.getAsBoolean();
            String missing = from.look(LOOK_MILLISECONDS);
            long now = System.nanoTime();
            taken = couldAnswer ? taken.plusNanos(now - counted) : taken;
            counted = now;
            if (missing == null) {
                String said = from.said();
                tell(
                        Readiness.State.READY,
                        "after " + taken.toSeconds() + " s"
                                + (overdue ? ", later than " + plan.withinSeconds() + " s" : "")
                                + (said.isEmpty() ? "" : ": " + said));
                return;
            }
            if (couldAnswer && !overdue && taken.toSeconds() >= plan.withinSeconds()) {
                overdue = true;
                tell(Readiness.State.OVERDUE, missing + " within " + plan.withinSeconds() + " s");
            }
        }
    }

    private void watchHealth(ReadySign at) throws InterruptedException {
        int failed = 0;
        while (!closed) {
            Thread.sleep(plan.intervalSeconds() * 1000);
            if (paused.getAsBoolean()) {
                continue;
            }
            String missing = at.look(PAUSE_MILLISECONDS);
            if (missing == null) {
                if (failed >= plan.retries()) {
                    tell(Readiness.State.READY, "healthy again");
                }
                failed = 0;
            } else if (++failed == plan.retries()) {
                tell(Readiness.State.UNHEALTHY, missing + ", " + failed + (failed == 1 ? " time" : " times in a row"));
            }
        }
    }

    private synchronized void tell(Readiness.State state, String detail) {
        if (!closed) {
            listener.accept(new Readiness(state, clock.instant().truncatedTo(ChronoUnit.MILLIS), detail));
        }
    }

    @SuppressWarnings("ReferenceEquality") // One may be both; it is closed once.
    private void closeSigns() {
        if (sign != null) {
            sign.close();
        }
        if (look != null && look != sign) {
            look.close();
        }
    }

    /** The machine has ended: nothing is told any more. A look that is under way ends by itself within seconds. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        if (thread.getState() == Thread.State.NEW) {
            closeSigns();
        }
        thread.interrupt();
    }
}
