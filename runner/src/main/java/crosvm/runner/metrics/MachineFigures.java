package crosvm.runner.metrics;

import crosvm.runner.instance.ControlClient;
import crosvm.runner.instance.InstanceState;
import crosvm.runner.instance.StateFolder;
import crosvm.runner.instance.StateFolders;
import crosvm.runner.report.FailedException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;

/**
 * What one living machine has counted. Immutable.
 *
 * @param name the machine's
 * @param started when its process took the name
 * @param restarts how often it has been started again
 * @param text its counters in Prometheus's text format; empty when it did not answer
 */
public record MachineFigures(String name, Instant started, int restarts, String text) {
    /** A scrape waits ten seconds by default, for all machines together. */
    private static final Duration TIMEOUT = Duration.ofSeconds(2);

    /** Asks all machines of this user that have a process, at the same time; blocks for two seconds at most. By name. */
    public static List<MachineFigures> ofAll(StateFolders folders) {
        List<CompletableFuture<MachineFigures>> asked = folders.all().stream()
                .filter(InstanceState::isAlive)
                .map(state -> ask(state, folders.of(state.launch().name())))
                .toList();
        return asked.stream().map(CompletableFuture::join).toList();
    }

    /** Each on a thread of its own: a machine that does not answer keeps no other from being asked. */
    private static CompletableFuture<MachineFigures> ask(InstanceState state, StateFolder folder) {
        return CompletableFuture.supplyAsync(
                () -> new MachineFigures(state.launch().name(), state.started(), state.restarts(), counters(folder)),
                task -> {
                    Thread thread = new Thread(task, "figures of " + folder.name());
                    thread.setDaemon(true);
                    thread.start();
                });
    }

    private static String counters(StateFolder folder) {
        try (ControlClient client = ControlClient.connect(folder.name(), folder.controlSocket())) {
            return String.valueOf(Objects.requireNonNullElse(
                    client.ask("stats", Map.of("format", "prometheus"), TIMEOUT).get("text"), ""));
        } catch (FailedException | ControlClient.Refused | ControlClient.Ended e) {
            return ""; // It starts, ends or hangs: that it is there and says nothing is what is reported.
        }
    }
}
