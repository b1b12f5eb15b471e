package crosvm.vmm.machine;

import crosvm.schema.model.MemorySize;
import crosvm.vmm.VmmException;
import crosvm.vmm.control.Arguments;
import crosvm.vmm.control.ControlException;
import crosvm.vmm.control.ErrorCode;
import crosvm.vmm.control.Operation;
import crosvm.vmm.control.Reply;
import crosvm.vmm.device.balloon.BalloonDevice;
import crosvm.vmm.event.EventLoop;
import crosvm.vmm.graph.DeviceGraph;
import crosvm.vmm.machine.Shutdown.Reason;
import crosvm.vmm.metrics.MachineStats;
import crosvm.vmm.metrics.PrometheusText;
import crosvm.vmm.module.kind.DiskControl;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What a running machine can be asked for over its control socket. Belongs to the main loop. */
final class MachineOperations {
    /** After the power button was pressed for a {@code down}: a guest that is still starting does not hear it, in ms. */
    private static final long PRESS_AGAIN = 5_000;

    private static final long MAX_TIMEOUT = 24 * 60 * 60;

    private final DeviceGraph graph;
    private final EndOfGuest end;
    private final EventLoop loop;
    private final Suspension suspension;
    private final Runnable powerButton;
    private final List<DiskControl> disks;
    private final @Nullable BalloonDevice balloon;
    private final Supplier<MachineStats> figures;
    private final List<Reply> waiting = new ArrayList<>();
    private final long started = System.nanoTime();
    private volatile boolean endWanted;
    private EventLoop.@Nullable Timer deadline;

    MachineOperations(
            DeviceGraph graph,
            EndOfGuest end,
            EventLoop loop,
            Suspension suspension,
            Runnable powerButton,
            List<DiskControl> disks,
            @Nullable BalloonDevice balloon,
            Supplier<MachineStats> figures) {
        this.graph = graph;
        this.end = end;
        this.loop = loop;
        this.suspension = suspension;
        this.powerButton = powerButton;
        this.disks = disks;
        this.balloon = balloon;
        this.figures = figures;
    }

    /** Whether somebody has asked for the machine's end. Any thread. */
    boolean isEndWanted() {
        return endWanted;
    }

    /** All of them, by their names. */
    Map<String, Operation> all() {
        Map<String, Operation> all = new LinkedHashMap<>();
        all.put("status", new Operation("tells what the machine is and how it fares", this::status));
        all.put("stop", new Operation("ends the machine; the guest is not told", this::stop));
        all.put("powerbtn", new Operation("presses the ACPI power button", this::powerButton));
        all.put(
                "down",
                new Operation(
                        "presses the power button, and again until the guest is down; after timeout seconds, stop",
                        this::down));
        all.put("wait", new Operation("answers when the machine has ended: reason, detail", this::awaitEnd));
        all.put("suspend", new Operation("takes the vCPUs out of the guest; its clocks stand still", this::suspend));
        all.put("resume", new Operation("lets the vCPUs go on", this::resume));
        all.put(
                "balloon",
                new Operation(
                        "tells the balloon's target and actual size in bytes; sets the target to size bytes, or changes"
                                + " it by pages of 4 KiB",
                        this::balloon));
        all.put("balloon-stats", new Operation("asks the guest for its memory figures", this::balloonStatistics));
        all.put(
                "stats",
                new Operation(
                        "tells what vCPUs, queues, disks and networks have done so far; with format prometheus, as a text"
                                + " for Prometheus",
                        this::stats));
        all.put("disk-resize", new Operation("makes the disk with that id size bytes large", this::resizeDisk));
        return all;
    }

    private void status(Arguments arguments, Reply reply) {
        arguments.end();
        Map<String, @Nullable Object> status = new LinkedHashMap<>();
        status.put("name", graph.name());
        status.put("state", end.isDecided() ? "ending" : word(suspension.state()));
        status.put("pid", ProcessHandle.current().pid());
        status.put("uptime", (System.nanoTime() - started) / 1_000_000 / 1e3);
        status.put("vcpus", graph.vcpus());
        status.put("memory", graph.memoryBytes());
        status.put("balloon", balloon == null ? null : sizes(balloon));
        status.put("disks", disks.stream().map(MachineOperations::describe).toList());
        reply.result(status);
    }

    private static Map<String, Object> describe(DiskControl disk) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("id", disk.spec().id());
        facts.put("path", disk.spec().path().toString());
        facts.put("size", disk.size());
        facts.put("readOnly", disk.spec().readOnly());
        return facts;
    }

    private static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private void stop(Arguments arguments, Reply reply) {
        arguments.end();
        endWanted = true;
        end.end(Shutdown.of(Reason.STOPPED));
        reply.done();
    }

    private void powerButton(Arguments arguments, Reply reply) {
        arguments.end();
        powerButton.run();
        reply.result(Map.of("state", word(suspension.state())));
    }

    private void down(Arguments arguments, Reply reply) {
        long timeout = arguments.number("timeout", 0, MAX_TIMEOUT);
        arguments.end();
        endWanted = true;
        boolean pressing = deadline != null;
        if (deadline != null) {
            deadline.close();
        }
        deadline = loop.after(timeout * 1_000, () -> end.end(Shutdown.of(Reason.STOPPED)));
        suspension.resume(() -> {});
        if (!pressing) {
            press();
        }
        reply.done();
    }

    private void press() {
        powerButton.run();
        loop.after(PRESS_AGAIN, () -> {
            if (!end.isDecided()) {
                press();
            }
        });
    }

    private void awaitEnd(Arguments arguments, Reply reply) {
        arguments.end();
        waiting.removeIf(Reply::isGone);
        waiting.add(reply);
    }

    /** The machine has ended; its resources are still there. */
    void tellWaiting(Shutdown how) {
        waiting.forEach(reply -> reply.result(Map.of("reason", word(how.reason()), "detail", how.detail())));
        waiting.clear();
    }

    private void suspend(Arguments arguments, Reply reply) {
        arguments.end();
        suspension.suspend(reply::done);
    }

    private void resume(Arguments arguments, Reply reply) {
        arguments.end();
        suspension.resume(reply::done);
    }

    private BalloonDevice requireBalloon() {
        if (balloon == null) {
            throw new ControlException(
                    ErrorCode.NOT_POSSIBLE, graph.name() + ": has no balloon; give it one in its spec: balloon: true");
        }
        return balloon;
    }

    private static Map<String, Object> sizes(BalloonDevice balloon) {
        return Map.of("target", balloon.target(), "actual", balloon.actual());
    }

    private void balloon(Arguments arguments, Reply reply) {
        BalloonDevice device = requireBalloon();
        Long size = arguments.number("size");
        Long pages = arguments.number("pages");
        arguments.end();
        if (size != null && pages != null) {
            throw new ControlException(ErrorCode.BAD_ARGUMENT, "size and pages: give one of them");
        }
        if (size != null) {
            setBalloon(device, "size", size);
        } else if (pages != null) {
            long most = graph.memoryBytes() / MemorySize.PAGE;
            long clipped = Math.max(-most - 1, Math.min(most + 1, pages));
            setBalloon(device, "pages", device.target() + clipped * MemorySize.PAGE);
        }
        reply.result(sizes(device));
    }

    private void setBalloon(BalloonDevice device, String argument, long bytes) {
        if (bytes < 0 || bytes > graph.memoryBytes() || bytes % MemorySize.PAGE != 0) {
            throw new ControlException(
                    ErrorCode.BAD_ARGUMENT,
                    argument + ": the balloon would become " + bytes + " bytes; it can have whole pages of "
                            + MemorySize.PAGE + ", from 0 to the machine's memory of "
                            + new MemorySize(graph.memoryBytes()) + ", and has " + new MemorySize(device.target()));
        }
        device.setTarget(bytes);
    }

    private void balloonStatistics(Arguments arguments, Reply reply) {
        arguments.end();
        requireBalloon().statistics(figures -> {
            if (figures == null) {
                reply.error(
                        ErrorCode.NOT_POSSIBLE, graph.name() + ": the guest's balloon driver does not tell figures");
            } else {
                reply.result(figures);
            }
        });
    }

    private void stats(Arguments arguments, Reply reply) {
        String format = arguments.has("format") ? arguments.text("format") : "json";
        arguments.end();
        switch (format) {
            case "json" -> reply.result(StatsFields.of(figures.get()));
            case "prometheus" -> reply.result(Map.of("text", PrometheusText.of(figures.get())));
            default ->
                throw new ControlException(
                        ErrorCode.BAD_ARGUMENT, "format: is \"" + format + "\", not json or prometheus");
        }
    }

    private void resizeDisk(Arguments arguments, Reply reply) {
        String id = arguments.text("id");
        long size = arguments.number("size", 1, Long.MAX_VALUE);
        arguments.end();
        DiskControl disk = disks.stream()
                .filter(d -> d.spec().id().equals(id))
                .findFirst()
                .orElseThrow(() -> new ControlException(
                        ErrorCode.NOT_FOUND,
                        "disk " + id + ": " + graph.name() + " has none of that id. " + diskIds()));
        Thread worker = new Thread(() -> resize(disk, size, reply), "resize " + id);
        worker.setDaemon(true);
        worker.start();
    }

    private String diskIds() {
        return disks.isEmpty()
                ? "It has no disks"
                : "It has: " + disks.stream().map(d -> d.spec().id()).collect(Collectors.joining(", "));
    }

    private static void resize(DiskControl disk, long size, Reply reply) {
        try {
            long before = disk.resize(size);
            reply.result(Map.of("id", disk.spec().id(), "size", size, "before", before));
        } catch (ControlException e) {
            reply.error(e.code(), String.valueOf(e.getMessage()));
        } catch (VmmException e) {
            reply.error(ErrorCode.FAILED, String.valueOf(e.getMessage()));
        }
    }
}
