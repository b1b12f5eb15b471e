package crosvm.runner.network;

import crosvm.runner.report.FailedException;
import crosvm.schema.model.MacAddress;
import crosvm.vmm.linux.ChildProcess;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.linux.PollSet;
import crosvm.vmm.linux.ProcessExit;
import crosvm.vmm.linux.Tap;
import crosvm.vmm.linux.jna.LibC;
import crosvm.vmm.metrics.NetworkRefusals;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Plays a machine on a network: the end of the cable that a card would have leads to a namespace of its own, in which the host's
 * programs are the guest. For root.
 */
final class PeerMachine implements AutoCloseable {
    private static final int FRAME_BYTES = 70_000;

    private final Path folder;
    private final NetworkRoom room;
    private final NetworkLink link;
    private final List<Fd> cable;
    private final List<Fd> own;
    private final String card;
    private final List<Thread> pumps = new ArrayList<>();
    private final List<String> received = Collections.synchronizedList(new ArrayList<>());
    private volatile boolean ended;

    PeerMachine(NetworkPlan plan, String name, Path base, Path folder, List<String> told) throws IOException {
        this.folder = Files.createDirectories(folder);
        NetworkTools tools = NetworkTools.of("");
        link = new NetworkLink(plan, name, new NetworkStart(base, plan, Map.of()), told::add, told::add);
        link.open(1);
        cable = link.queues();
        room = new NetworkRoom(folder, tools, null);
        Tap tap = room.call(() -> Tap.create(1));
        own = tap.queues();
        card = tap.name();
        NetworkPlan.Host host = plan.host(name);
        MacAddress mac = host == null ? new MacAddress(2) : host.mac();
        room.run(tools.ip(), "link", "set", "lo", "up");
        room.run(tools.ip(), "link", "set", card, "address", mac.toString(), "up");
        pump(cable.get(0), own.get(0), received);
        pump(own.get(0), cable.get(0), new ArrayList<>());
    }

    /** What the machine's figures tell of its refusals. */
    @Nullable NetworkRefusals refusals() {
        return link.refusals();
    }

    /** The interface's name. */
    String card() {
        return card;
    }

    /** Everything that has come through the cable, as text. */
    List<String> received() {
        synchronized (received) {
            return List.copyOf(received);
        }
    }

    /** Sends a frame as it is, whatever the namespace thinks of it. */
    void send(byte[] frame) {
        NativeBuffer data = NativeBuffer.allocate(Tap.HEADER + frame.length);
        data.bytes().put(Tap.HEADER, frame);
        if (LibC.write(cable.get(0).number(), data.address(), data.size()) != data.size()) {
            throw new FailedException("a frame was not sent: errno " + LibC.errno());
        }
    }

    /**
     * Sends frames one after another as fast as they are taken, until it is told to stop.
     *
     * @return how many were sent
     */
    long flood(List<FloodFrame> frames, BooleanSupplier goOn) {
        Random random = new Random(frames.size());
        NativeBuffer data = NativeBuffer.allocate(FRAME_BYTES);
        long sent = 0;
        while (goOn.getAsBoolean()) {
            for (FloodFrame frame : frames) {
                byte[] next = frame.next(random);
                data.bytes().put(Tap.HEADER, next);
                sent += LibC.write(cable.get(0).number(), data.address(), Tap.HEADER + next.length) > 0 ? 1 : 0;
            }
        }
        return sent;
    }

    /** Runs a program in the network's own namespace; the file with what it printed. */
    Path inNetwork(List<String> command) {
        NetworkRoom network =
                new NetworkRoom(folder, NetworkTools.of(""), link.namespaces().get(1));
        Path log = folder.resolve("network.log");
        try {
            Files.deleteIfExists(log);
            try (ChildProcess process = network.start(command, log)) {
                process.await(120_000);
            }
            return log;
        } catch (IOException e) {
            throw new FailedException(log.toString(), e);
        }
    }

    private void pump(Fd from, Fd to, List<String> copies) {
        Thread thread = new Thread(
                () -> {
                    NativeBuffer frame = NativeBuffer.allocate(FRAME_BYTES);
                    PollSet readable = PollSet.readable(from.number());
                    while (!ended) {
                        if (readable.await(50)) {
                            long got = LibC.read(from.number(), frame.address(), FRAME_BYTES);
                            if (got > 0) {
                                byte[] copy = new byte[(int) got];
                                frame.bytes().get(0, copy);
                                copies.add(new String(copy, StandardCharsets.ISO_8859_1));
                                LibC.write(to.number(), frame.address(), got);
                            }
                        }
                    }
                },
                "pump");
        thread.start();
        pumps.add(thread);
    }

    /** Runs a program in the machine; what it printed, and its status on a line of its own. */
    String shell(String script) {
        Path log = folder.resolve("shell.log");
        try {
            Files.deleteIfExists(log);
            try (ChildProcess process = room.start(List.of("/bin/sh", "-c", script), log)) {
                ProcessExit end = process.await(120_000);
                return Files.readString(log) + (end == null ? "did not end" : "status " + end.code());
            }
        } catch (IOException e) {
            throw new FailedException(log.toString(), e);
        }
    }

    /** Does something on a thread in the machine: sockets that it opens are the machine's. */
    <T> T call(Callable<T> task) {
        return room.call(task);
    }

    /** Starts a program that goes on. */
    ChildProcess start(String script) {
        return room.start(List.of("/bin/sh", "-c", script), folder.resolve("started.log"));
    }

    /** Gets its address by DHCP, as a guest does. */
    String dhcp() throws IOException {
        Path script = folder.resolve("udhcpc");
        Files.writeString(script, """
                #!/bin/sh
                [ "$1" = bound ] || exit 0
                ip address replace $ip/$mask dev $interface
                [ -z "$router" ] || ip route replace default via $router
                echo "bound $ip/$mask router $router dns $dns domain $domain"
                """);
        if (!script.toFile().setExecutable(true)) {
            throw new IOException(script + ": cannot be made executable");
        }
        return shell("busybox udhcpc -f -q -n -t 20 -T 2 -i " + card + " -s " + script);
    }

    @Override
    public void close() {
        ended = true;
        for (Thread pump : pumps) {
            try {
                pump.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        link.close();
        cable.forEach(Fd::close);
        own.forEach(Fd::close);
    }
}
