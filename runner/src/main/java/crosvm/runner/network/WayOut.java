package crosvm.runner.network;

import crosvm.runner.report.FailedException;
import crosvm.schema.model.MachineForward;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * pasta between the network's namespace and the host's: it makes an interface in there with the host's addresses and routes, and
 * carries what goes through it as connections of an ordinary user. It listens on the host at the forwarded ports. Neither the
 * gateway's address nor any other leads to the host's own loopback. Debian 12's may fail to make the interface and stay: it is given
 * a time limit, and killed.
 */
final class WayOut {
    private static final int START_MILLISECONDS = 10_000;
    private static final int ATTEMPTS = 3;

    private final NetworkRoom room;
    private final Consumer<String> tell;
    private @Nullable WatchedProgram pasta;
    private List<MachineForward> forward = List.of();

    WayOut(NetworkRoom room, Consumer<String> tell) {
        this.room = room;
        this.tell = tell;
    }

    /** As this plan wants it from now on. */
    synchronized void follow(NetworkPlan plan) {
        if (!plan.leadsOut()) {
            stop();
        } else if (pasta == null || !forward.equals(plan.forward())) {
            stop();
            start(plan);
        }
    }

    private void stop() {
        if (pasta != null) {
            pasta.stop();
            pasta = null;
        }
    }

    private void start(NetworkPlan plan) {
        List<String> command = command(plan);
        forward = plan.forward();
        String failure = "";
        for (int i = 0; i < ATTEMPTS; i++) {
            WatchedProgram program = new WatchedProgram(
                    "pasta", room.folder().resolve("pasta.log"), log -> NetworkRoom.startHere(command, log), tell);
            program.begin();
            failure = failure(program);
            if (failure.isEmpty()) {
                pasta = program;
                return;
            }
            program.stop();
        }
        throw new FailedException("the way out of the network " + plan.title() + " cannot be made: pasta " + failure);
    }

    /** Empty once there is a route out. */
    private String failure(WatchedProgram program) {
        String failure = program.await(() -> room.call(WayOut::leadsOut), START_MILLISECONDS);
        return failure.contains("External interface not usable") || failure.contains("routable interface")
                ? failure + ". This host has no default route: without one, leave out internet and forward"
                : failure;
    }

    private static boolean leadsOut() throws IOException {
        return Files.readString(Path.of("/proc/thread-self/net/route")).contains(RouteRules.OUTSIDE)
                || Files.readString(Path.of("/proc/thread-self/net/ipv6_route")).contains(" " + RouteRules.OUTSIDE);
    }

    private List<String> command(NetworkPlan plan) {
        List<String> command = new ArrayList<>(List.of(
                room.tools().pasta(),
                "--foreground",
                "--quiet",
                "--config-net",
                "--netns-only",
                "--netns",
                room.folder().resolve(NetworkHolder.NAMESPACE).toString(),
                "--ns-ifname",
                RouteRules.OUTSIDE,
                "--no-map-gw",
                "--dns-forward",
                NameServer.RESOLVER));
        String ports = plan.forward().stream()
                .map(port -> port.host() + ":" + port.host())
                .collect(Collectors.joining(","));
        command.addAll(List.of("-t", ports.isEmpty() ? "none" : ports, "-u", "none", "-T", "none", "-U", "none"));
        return command;
    }
}
