package crosvm.runner.ssh;

import crosvm.runner.instance.ControlClient;
import crosvm.runner.instance.InstanceState;
import crosvm.runner.instance.MachineNames;
import crosvm.runner.instance.Phase;
import crosvm.runner.instance.StateFolder;
import crosvm.runner.report.Durations;
import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.VsockSocket;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A vsock port of a machine's guest. Whoever connects waits for a guest that is still booting, and is told which link is broken when
 * none comes. Immutable; any thread.
 *
 * @param folder the machine's
 * @param port 0 to 0xfffffffe
 */
public record GuestPort(StateFolder folder, long port) {
    /** Where sshd listens: systemd-ssh-generator(8). */
    public static final long SSH = 22;

    /** How long a guest is waited for unless somebody says otherwise. */
    public static final Duration PATIENCE = Duration.ofSeconds(4);

    private static final Duration ANSWER = Duration.ofSeconds(2);
    private static final long TRY_AGAIN_MILLISECONDS = 200;

    /** Connecting, apart from the kernel for tests. */
    @FunctionalInterface
    interface Dial {
        VsockSocket connect(long cid, long port);
    }

    /**
     * Connects.
     *
     * @param patience how long to try; each attempt may take 2 s more
     * @throws UnreachableException naming the broken link
     */
    public VsockSocket connect(Duration patience) {
        return connect(patience, VsockSocket::connect);
    }

    VsockSocket connect(Duration patience, Dial dial) {
        long deadline = System.nanoTime() + patience.toNanos();
        while (true) {
            ErrnoException failure;
            try {
                return dial.connect(contextId(deadline), port);
            } catch (ErrnoException e) {
                failure = e;
            }
            requireAlive();
            boolean mayCome = switch (failure.errno()) {
                case ECONNRESET, ECONNREFUSED, ETIMEDOUT, ENODEV, EHOSTUNREACH -> true;
                default -> false;
            };
            if (!mayCome || System.nanoTime() - deadline >= 0) {
                throw new UnreachableException(folder.name() + ": " + broken(failure, patience), failure);
            }
            pause();
        }
    }

    private String broken(ErrnoException failure, Duration patience) {
        String within = patience.isZero() ? "" : " within " + Durations.text(patience);
        return switch (failure.errno()) {
            case ECONNRESET, ECONNREFUSED ->
                "nobody listens on vsock port " + port + " in the guest" + within
                        + (port == SSH
                                ? "; it needs sshd, and systemd 256 or later or a socket unit for it: see"
                                        + " examples/debian-image.sh"
                                : "");
            case ETIMEDOUT, EHOSTUNREACH, ENODEV ->
                "the guest does not answer on vsock" + within
                        + "; it is still booting, or hangs, or its kernel lacks the module"
                        + " vmw_vsock_virtio_transport";
            case EAFNOSUPPORT -> "this host's kernel has no vsock. Load it: sudo modprobe vhost_vsock";
            default -> String.valueOf(failure.getMessage());
        };
    }

    private InstanceState requireAlive() {
        InstanceState state = folder.read();
        if (state == null || !state.isAlive()) {
            throw new UnreachableException(MachineNames.notRunning(folder, state));
        }
        return state;
    }

    /** Asked anew at each attempt: a machine that is started again may have another one. */
    private long contextId(long deadline) {
        while (true) {
            InstanceState state = requireAlive();
            Map<String, @Nullable Object> status = null;
            if (state.phaseNow() == Phase.RUNNING) {
                status = status();
            }
            if (status != null && String.valueOf(status.get("state")).startsWith("suspend")) {
                throw new UnreachableException(
                        folder.name() + ": is suspended. Resume it first: crosvm resume " + folder.name());
            }
            if (status != null) {
                if (status.get("cid") instanceof Long cid) {
                    return cid;
                }
                throw new UnreachableException(
                        folder.name() + ": has no vsock device; add one to its spec: vsock: auto");
            }
            if (System.nanoTime() - deadline >= 0) {
                throw new UnreachableException(folder.name() + ": is "
                        + state.phaseNow().word() + " and cannot be asked for its vsock context id; try again");
            }
            pause();
        }
    }

    /** Null while it is being made, started again or ends. */
    private @Nullable Map<String, @Nullable Object> status() {
        try (ControlClient client = ControlClient.connect(folder.name(), folder.controlSocket())) {
            return client.ask("status", Map.of(), ANSWER);
        } catch (ControlClient.Refused e) {
            throw new UnreachableException(folder.name() + ": " + e.getMessage(), e);
        } catch (crosvm.runner.report.FailedException | ControlClient.Ended e) {
            return null;
        }
    }

    /** Waits until a guest that was not there yet is worth another try. */
    static void pause() {
        try {
            Thread.sleep(TRY_AGAIN_MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UnreachableException("interrupted while waiting for the guest");
        }
    }
}
