package crosvm.vmm.graph;

import crosvm.schema.model.HealthSpec;
import crosvm.schema.model.NetworkSpec;
import crosvm.schema.model.ReadySpec;
import crosvm.schema.model.VmSpec;
import org.jspecify.annotations.Nullable;

/**
 * When the machine counts as ready, and how it is looked at from then on.
 *
 * @param ready the sign; null when only its health is looked at, from the start
 * @param withinSeconds how long that takes at most
 * @param health what is looked at once it is ready, or null
 * @param intervalSeconds from one look to the next
 * @param retries looks in a row that fail until it is unhealthy
 */
public record ReadinessPlan(
        @Nullable Sign ready, long withinSeconds, @Nullable Sign health, long intervalSeconds, int retries) {
    /** Of which kind a sign is. */
    public enum Kind {
        /** sd_notify of the guest's systemd, over vsock. */
        SYSTEMD,
        /** A line of the console. */
        CONSOLE,
        /** A TCP port of the guest that takes connections. */
        PORT,
        /** A vsock port of the guest that takes connections. */
        VSOCK
    }

    /**
     * What shows that the guest is there.
     *
     * @param kind how it shows
     * @param pattern of the console's line, in RE2's syntax; else empty
     * @param guestPort the guest's port; else 0
     * @param hostPort the host's port that leads to a TCP port; else 0
     */
    public record Sign(Kind kind, String pattern, long guestPort, int hostPort) {
        /** For people: {@code port 80, through 127.0.0.1:8080}. */
        @Override
        public String toString() {
            return switch (kind) {
                case SYSTEMD -> "systemd";
                case CONSOLE -> "console \"" + pattern + "\"";
                case PORT -> "port " + guestPort + ", through 127.0.0.1:" + hostPort;
                case VSOCK -> "vsock port " + guestPort;
            };
        }
    }

    /** Null when the spec says nothing of it. */
    static @Nullable ReadinessPlan of(VmSpec spec) {
        ReadySpec ready = spec.ready();
        HealthSpec health = spec.health();
        if (ready == null && health == null) {
            return null;
        }
        Sign sign = ready == null ? null : sign(spec, ready);
        Sign look = health == null ? null : look(spec, health);
        return new ReadinessPlan(
                sign,
                ready == null ? 0 : ready.within().seconds(),
                health != null && look == null ? sign : look,
                health == null ? 0 : health.interval().seconds(),
                health == null ? 0 : health.retries());
    }

    private static Sign sign(VmSpec spec, ReadySpec ready) {
        if (ready.console() != null) {
            return new Sign(Kind.CONSOLE, ready.console(), 0, 0);
        }
        if (ready.port() != null) {
            return port(spec, ready.port());
        }
        return ready.vsock() == null ? new Sign(Kind.SYSTEMD, "", 0, 0) : new Sign(Kind.VSOCK, "", ready.vsock(), 0);
    }

    private static @Nullable Sign look(VmSpec spec, HealthSpec health) {
        if (health.port() != null) {
            return port(spec, health.port());
        }
        return health.vsock() == null ? null : new Sign(Kind.VSOCK, "", health.vsock(), 0);
    }

    private static Sign port(VmSpec spec, int guestPort) {
        Integer hostPort = NetworkSpec.hostPortOf(spec.networks(), guestPort);
        if (hostPort == null) {
            throw new PlanException("ready.port", "no network forwards a port of the host to port " + guestPort);
        }
        return new Sign(Kind.PORT, "", guestPort, hostPort);
    }
}
