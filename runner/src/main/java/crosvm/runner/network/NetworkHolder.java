package crosvm.runner.network;

import crosvm.runner.report.FailedException;
import crosvm.vmm.VmmException;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.PollSet;
import crosvm.vmm.linux.UnixListener;
import crosvm.vmm.linux.UnixSocket;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a network as long as machines are connected. Each connection is a machine's card: it asks for a port once, and has it until
 * it hangs up. The main thread accepts; each connection has a thread of its own.
 */
final class NetworkHolder {
    /** The file of the room that stands for the namespace. */
    static final String NAMESPACE = "netns";

    private static final int LOOK_MILLISECONDS = 200;
    private static final int REQUEST_MILLISECONDS = 10_000;

    private final UnixListener listener;
    private final Fd starter;
    private final NetworkBridge bridge;
    private final Map<UnixSocket, String> connected = new ConcurrentHashMap<>();
    private boolean joined;
    private boolean leaving;

    /**
     * @param starter hangs up once whoever has started this process has called, or is gone
     * @param wasThere whether the namespace is that of an earlier process
     */
    NetworkHolder(UnixListener listener, Fd starter, NetworkRoom room, boolean wasThere) {
        this.listener = listener;
        this.starter = starter;
        this.bridge = new NetworkBridge(room, wasThere, this::notice, new Refusals());
    }

    /** Returns when the last machine has gone, or none has come. */
    void serve() {
        PollSet callers = PollSet.readable(listener.fd().number(), starter.number());
        boolean isAwaited = true;
        while (isWanted(isAwaited)) {
            callers.await(LOOK_MILLISECONDS);
            if (isAwaited && callers.ready(1)) { // It hangs up after its call, which is therefore there by now.
                isAwaited = false;
                callers.watch(1, -1, PollSet.READABLE);
            }
            UnixSocket caller = listener.acceptTrusted();
            if (caller != null) {
                greet(caller);
            }
        }
    }

    /** @param isAwaited whether whoever has started this is there, and has not called */
    private synchronized boolean isWanted(boolean isAwaited) {
        boolean hasCallers = isAwaited || !connected.isEmpty();
        return joined ? !leaving && (bridge.isUsed() || hasCallers) : hasCallers;
    }

    private void greet(UnixSocket caller) {
        connected.put(caller, "");
        Thread thread = new Thread(
                () -> {
                    try (caller) {
                        hold(caller);
                    } catch (RuntimeException e) {
                        System.err.println("crosvm: " + e.getMessage());
                    } finally {
                        connected.remove(caller);
                    }
                },
                "port");
        thread.setDaemon(true);
        thread.start();
    }

    private void hold(UnixSocket caller) {
        Map<String, @Nullable Object> request = PortMessages.receive(caller, REQUEST_MILLISECONDS, new ArrayList<>());
        if (request == null) {
            return;
        }
        String host = String.valueOf(request.get("host"));
        boolean isOn = false;
        try {
            isOn = join(caller, request, host);
        } catch (FailedException | VmmException | IllegalArgumentException e) {
            synchronized (this) {
                joined = true; // With nobody else here this process ends, and the next machine begins with nothing.
            }
            PortMessages.send(caller, Map.of("error", String.valueOf(e.getMessage())), List.of());
        }
        if (isOn) {
            try {
                PortMessages.receive(caller, -1, new ArrayList<>()); // It says nothing more: this is its end.
            } finally {
                bridge.remove(host, caller);
            }
        }
    }

    private boolean join(UnixSocket caller, Map<String, @Nullable Object> request, String host) {
        NetworkPlan plan = NetworkPlan.fromMap((Map<?, ?>) Objects.requireNonNull(request.get("plan")));
        if (!bridge.fits(plan)) { // It asks again, and finds another process.
            synchronized (this) {
                leaving = true;
            }
            return false;
        }
        Object tap = request.get("tap");
        int queues = ((Number) Objects.requireNonNull(request.get("queues"))).intValue();
        List<Fd> own = new ArrayList<>();
        try {
            NetworkBridge.Port port = bridge.add(plan, host, caller, queues, tap == null ? null : tap.toString());
            own.addAll(port.queues());
            synchronized (this) {
                joined = true;
            }
            Map<String, Object> answer = new LinkedHashMap<>();
            answer.put("tap", port.tap());
            answer.put("mtu", port.mtu());
            List<Fd> namespaces = bridge.namespaces();
            own.addAll(namespaces);
            synchronized (caller) {
                boolean sent = PortMessages.send(caller, answer, port.queues())
                        && PortMessages.send(caller, Map.of("namespaces", 2), namespaces)
                        && (bridge.warning().isEmpty()
                                || PortMessages.send(caller, Map.of("notice", bridge.warning()), List.of()));
                connected.put(caller, host);
                return sent;
            }
        } finally {
            own.forEach(Fd::close);
        }
    }

    /** Tells a machine's process, for its log and its figures, what the machine was refused. */
    private final class Refusals implements EgressListener {
        @Override
        public void refused(String address, String text) {
            tell(address, Map.of("refused", text));
        }

        @Override
        public void counted(String address, long packets, long names) {
            tell(address, Map.of("refusedPackets", packets, "refusedNames", names));
        }

        private void tell(String address, Map<String, Object> message) {
            connected.forEach((machine, host) -> {
                synchronized (machine) {
                    if (!host.isEmpty() && bridge.isOf(address, host)) {
                        PortMessages.send(machine, message, List.of());
                    }
                }
            });
        }
    }

    /** Tells all machines on the network. */
    private void notice(String text) {
        connected.forEach((machine, host) -> {
            synchronized (machine) {
                if (!host.isEmpty()) { // Others still wait for their answer.
                    PortMessages.send(machine, Map.of("notice", text), List.of());
                }
            }
        });
    }
}
