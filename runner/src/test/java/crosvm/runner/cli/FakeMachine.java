package crosvm.runner.cli;

import crosvm.vmm.control.Argument;
import crosvm.vmm.control.Arguments;
import crosvm.vmm.control.ControlException;
import crosvm.vmm.control.ControlServer;
import crosvm.vmm.control.ErrorCode;
import crosvm.vmm.control.Operation;
import crosvm.vmm.control.Reply;
import crosvm.vmm.event.EventLoop;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** The control socket of a machine that is none: remembers what it was asked, and ends when it is told to stop. */
final class FakeMachine implements AutoCloseable {
    private final EventLoop loop = new EventLoop("fake machine");
    private final ControlServer server;
    private final Thread thread;
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private final List<Operation> operations = new ArrayList<>();
    private @Nullable Reply ending;

    FakeMachine(Path socket) {
        this(socket, Map.of());
    }

    /** @param more what it says of itself besides, or instead */
    FakeMachine(Path socket, Map<String, ?> more) {
        this(socket, more, () -> {});
    }

    /** @param whenDown what it does when it is asked to go down, before it answers */
    FakeMachine(Path socket, Map<String, ?> more, Runnable whenDown) {
        server = ControlServer.listen(socket, loop);
        add("status", (a, reply) -> {
            Map<String, Object> status = new LinkedHashMap<>(Map.of(
                    "name",
                    "web",
                    "state",
                    "running",
                    "uptime",
                    75.5,
                    "vcpus",
                    2L,
                    "disks",
                    List.of(Map.of("id", "data", "size", 16L << 30))));
            status.putAll(more);
            reply.result(status);
        });
        add("registers", (a, reply) -> reply.result(Map.of("vcpus", List.of(Map.of("rip", "0x1000")))));
        add("suspend", (a, reply) -> reply.done());
        add("resume", (a, reply) -> reply.done());
        add("powerbtn", (a, reply) -> reply.result(Map.of("state", "suspended")));
        add("stats", this::stats, "format");
        add("stop", (a, reply) -> {
            reply.done();
            loop.post(loop::stop);
        });
        add("wait", (a, reply) -> ending = reply);
        add(
                "down",
                (a, reply) -> {
                    whenDown.run();
                    reply.done();
                    Objects.requireNonNull(ending).result(Map.of("reason", "power-off", "detail", ""));
                    loop.post(loop::stop);
                },
                "timeout");
        add("balloon", this::balloon, "size", "pages");
        add("balloon-stats", (a, reply) -> reply.result(Map.of("freeBytes", 4096L, "majorFaults", 7L)));
        add("disk-resize", this::resizeDisk, "id", "size");
        server.serve(operations);
        thread = new Thread(this::run, "fake machine");
        thread.start();
    }

    private record Fake(String name, List<Argument> arguments, BiConsumer<Arguments, Reply> action)
            implements Operation {
        @Override
        public String help() {
            return "";
        }

        @Override
        public void run(Arguments arguments, Reply reply) {
            action.accept(arguments, reply);
        }
    }

    /** Those without arguments are remembered here, the others by {@code action}. */
    private void add(String name, BiConsumer<Arguments, Reply> action, String... arguments) {
        operations.add(new Fake(
                name, Arrays.stream(arguments).map(a -> new Argument(a, "")).toList(), (given, reply) -> {
                    if (arguments.length == 0) {
                        asked.add(name);
                    }
                    action.accept(given, reply);
                }));
    }

    private void stats(Arguments arguments, Reply reply) {
        asked.add("stats");
        boolean prometheus = arguments.has("format");
        reply.result(prometheus ? Map.of("text", "crosvm_x 1\n") : Map.of("memory", 1L << 30));
        if (asked.size() == 2) {
            loop.post(loop::stop); // The end of the machine ends the watching.
        }
    }

    private void balloon(Arguments arguments, Reply reply) {
        asked.add("balloon " + arguments.number("size") + " " + arguments.number("pages"));
        reply.result(Map.of("target", 128L << 20, "actual", 64L << 20));
    }

    private void resizeDisk(Arguments arguments, Reply reply) {
        asked.add("disk-resize " + arguments.text("id") + " " + arguments.number("size"));
        if (!arguments.text("id").equals("data")) {
            throw new ControlException(ErrorCode.NOT_FOUND, "disk x: web has none of that id");
        }
        reply.done();
    }

    private void run() {
        loop.run();
        server.close();
    }

    List<String> asked() {
        return asked;
    }

    @Override
    public void close() {
        loop.stop();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        loop.close();
    }
}
