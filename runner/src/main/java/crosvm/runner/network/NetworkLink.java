package crosvm.runner.network;

import crosvm.runner.report.FailedException;
import crosvm.vmm.VmmException;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.UnixSocket;
import crosvm.vmm.metrics.NetworkRefusals;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A machine's connection to a network's process. When that is killed, it is started again in the same namespace, and the tap that
 * the machine has is connected anew, so that the guest notices nothing. {@link #open} and {@link #close} belong to one thread.
 */
final class NetworkLink implements AutoCloseable {
    /** The last machine may be leaving just when this one comes. */
    private static final int ATTEMPTS = 20;

    private static final int ANSWER_MILLISECONDS = 120_000;
    private static final int PAUSE_MILLISECONDS = 100;

    private final NetworkPlan plan;
    private final String host;
    private final NetworkStart start;
    private final Consumer<String> tell;
    private final Consumer<String> refused;
    private final AtomicLong refusedPackets = new AtomicLong();
    private final AtomicLong refusedNames = new AtomicLong();
    private final List<Fd> queues = new ArrayList<>();
    private final List<Fd> namespaces = new ArrayList<>();
    private @Nullable UnixSocket socket;
    private String tap = "";
    private int mtu;
    private boolean closed;

    /**
     * @param host the machine's name in the file
     * @param tell gets what its user should know
     * @param refused gets what the machine was refused outside, by network
     */
    NetworkLink(NetworkPlan plan, String host, NetworkStart start, Consumer<String> tell, Consumer<String> refused) {
        this.plan = plan;
        this.host = host;
        this.start = start;
        this.tell = tell;
        this.refused = refused;
    }

    /**
     * Joins the network.
     *
     * @param pairs of queues of the tap
     * @throws VmmException when it cannot be made or joined
     */
    void open(int pairs) {
        try {
            join(pairs);
        } catch (FailedException e) {
            throw new VmmException("network " + plan.network() + ": " + e.getMessage(), e);
        }
        Thread thread = new Thread(() -> follow(pairs), "network-" + plan.network());
        thread.setDaemon(true);
        thread.start();
    }

    /** Other descriptors of the tap's queues; the caller's. */
    List<Fd> queues() {
        return queues.stream().map(Fd::duplicate).toList();
    }

    /** The network's user and network namespace, as long as this is open. */
    synchronized List<Fd> namespaces() {
        return List.copyOf(namespaces);
    }

    /** What the machine has been refused since this was opened; null where nothing is counted. Any thread. */
    @Nullable NetworkRefusals refusals() {
        NetworkPlan.Host machine = plan.host(host);
        return machine == null || plan.reach(machine).isEverything() || !Egress.isNeeded(plan)
                ? null
                : new NetworkRefusals(plan.network(), refusedPackets.get(), refusedNames.get());
    }

    int mtu() {
        return mtu;
    }

    private void join(int pairs) {
        for (int i = 0; i < ATTEMPTS; i++) {
            UnixSocket there = start.connect(namespaces);
            if (isJoined(there, pairs)) {
                return;
            }
            there.close();
            pause();
        }
        throw new FailedException("its process ends whenever it is joined");
    }

    /** Null in place of an answer means that the process was just ending. */
    private boolean isJoined(UnixSocket there, int pairs) {
        Map<String, @Nullable Object> request = new LinkedHashMap<>();
        request.put("plan", plan.toMap());
        request.put("host", host);
        request.put("queues", pairs);
        request.put("tap", tap.isEmpty() ? null : tap);
        List<Fd> received = new ArrayList<>();
        Map<String, @Nullable Object> answer = PortMessages.send(there, request, List.of())
                ? PortMessages.receive(there, ANSWER_MILLISECONDS, received)
                : null;
        if (answer == null) {
            received.forEach(Fd::close);
            return false;
        }
        if (answer.get("error") != null) {
            there.close();
            received.forEach(Fd::close);
            throw new FailedException(String.valueOf(answer.get("error")));
        }
        List<Fd> own = new ArrayList<>();
        if (PortMessages.receive(there, ANSWER_MILLISECONDS, own) == null) {
            received.forEach(Fd::close);
            return false;
        }
        return keep(there, answer, received, own);
    }

    private synchronized boolean keep(
            UnixSocket there, Map<String, @Nullable Object> answer, List<Fd> received, List<Fd> own) {
        if (tap.isEmpty()) {
            tap = String.valueOf(answer.get("tap"));
            mtu = answer.get("mtu") instanceof Number number ? number.intValue() : 0;
            queues.addAll(received);
            queues.forEach(Fd::setNonBlocking);
        }
        namespaces.forEach(Fd::close);
        namespaces.clear();
        namespaces.addAll(own);
        socket = there;
        if (closed) {
            there.shutdown();
        }
        return true;
    }

    private synchronized @Nullable UnixSocket current() {
        return closed ? null : socket;
    }

    private void follow(int pairs) {
        try {
            for (UnixSocket now = current(); now != null; now = current()) {
                Map<String, @Nullable Object> message = PortMessages.receive(now, -1, new ArrayList<>());
                if (message != null && message.get("refused") != null) {
                    refused.accept(plan.network() + " " + message.get("refused"));
                } else if (message != null && message.get("refusedPackets") instanceof Number packets) {
                    refusedPackets.addAndGet(packets.longValue());
                    refusedNames.addAndGet(message.get("refusedNames") instanceof Number names ? names.longValue() : 0);
                } else if (message != null) {
                    tell.accept("network " + plan.network() + ": " + message.get("notice"));
                } else if (current() != null) {
                    now.close();
                    tell.accept("network " + plan.network() + ": its process has ended and is started again");
                    join(pairs);
                }
            }
        } catch (FailedException | VmmException e) {
            if (current() != null) {
                tell.accept("network " + plan.network() + ": is lost: " + e.getMessage()
                        + ". Machines on it reach each other as before, without addresses, names and a way out."
                        + " Restart this machine to connect it again");
            }
        }
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(PAUSE_MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FailedException("the network was not waited for");
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (socket != null) {
            socket.shutdown(); // Its thread waits for it, and the process at the other end sees it.
        }
        queues.forEach(Fd::close);
        namespaces.forEach(Fd::close);
    }
}
