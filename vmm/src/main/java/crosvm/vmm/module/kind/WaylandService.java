package crosvm.vmm.module.kind;

import crosvm.schema.model.WaylandSpec;
import crosvm.vmm.VmmException;
import crosvm.vmm.device.wl.ChannelServer;
import crosvm.vmm.device.wl.WlHost;
import crosvm.vmm.kvm.SharedWindow;
import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.HostGroup;
import crosvm.vmm.linux.Memfd;
import crosvm.vmm.linux.UnixSocket;
import crosvm.vmm.module.Companion;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What the main process does for a virtio-wl device, wherever that runs: connects to the compositor, so that the device needs
 * neither its socket nor the right to connect, and shows the guest memory. Made and started by the thread that builds the
 * machine; serves on a thread of its own.
 */
final class WaylandService implements Companion {
    static final String DEFAULT_SOCKET = "wayland-0";

    private final String compositor;
    private final UnixSocket ours;
    private @Nullable ChannelServer server;
    private @Nullable Thread thread;

    /**
     * @param compositor the path of its socket
     * @param ours the end of the channel to the device, taken over
     */
    WaylandService(String compositor, UnixSocket ours) {
        this.compositor = compositor;
        this.ours = ours;
    }

    /**
     * Finds the compositor.
     *
     * @return the path of its socket
     * @throws VmmException when nobody listens there, or this process is not a member of the group that it should be in
     */
    static String compositorOf(WaylandSpec spec) {
        String compositor = socketOf(spec, System.getenv("XDG_RUNTIME_DIR"));
        requireGroup(spec);
        requireCompositor(compositor);
        return compositor;
    }

    /** As Wayland's clients find it: a name is looked up in {@code $XDG_RUNTIME_DIR}, a path is a path. */
    static String socketOf(WaylandSpec spec, @Nullable String runtimeDir) {
        Path socket = Objects.requireNonNullElse(spec.socket(), Path.of(DEFAULT_SOCKET));
        if (socket.isAbsolute()) {
            return socket.toString();
        }
        if (runtimeDir == null || runtimeDir.isEmpty()) {
            throw new VmmException("wayland.socket: " + (spec.socket() == null ? "auto" : socket)
                    + " is $XDG_RUNTIME_DIR/" + socket + ", and XDG_RUNTIME_DIR is not set. Give the socket's path");
        }
        return Path.of(runtimeDir).resolve(socket).toString();
    }

    private static void requireGroup(WaylandSpec spec) {
        String group = spec.group();
        if (group == null) {
            return;
        }
        if (!HostGroup.exists(group)) {
            throw new VmmException(
                    "wayland.group: this host has no group " + group + ". Name another group, or remove it");
        }
        if (!HostGroup.isMember(group)) {
            throw new VmmException("wayland.group: crosvm does not run as a member of group " + group
                    + ". Add your user to it and log in again, or run: newgrp " + group);
        }
    }

    /** A connection that is closed at once tells whether somebody listens. */
    private static void requireCompositor(String path) {
        try {
            UnixSocket.connectNow(path).close();
        } catch (ErrnoException e) {
            throw new VmmException(
                    "wayland.socket: " + e.getMessage()
                            + ". Is the compositor running? Start it, name its socket, or remove wayland",
                    e);
        }
    }

    @Override
    public void start(SharedWindow window) {
        ChannelServer serving = new ChannelServer(ours, new Host(window));
        server = serving;
        thread = new Thread(
                () -> {
                    serving.serve();
                    window.clear(); // The device has gone, and with it whoever would give this back.
                },
                "wl-channel");
        thread.setDaemon(true);
        thread.start();
    }

    /** Connections and memory, for whoever asks. */
    private final class Host implements WlHost {
        private final SharedWindow window;

        private Host(SharedWindow window) {
            this.window = window;
        }

        @Override
        public Fd connect() {
            return UnixSocket.connectNow(compositor).fd();
        }

        @Override
        public Memory allocate(long size) {
            window.requireRoom(size);
            Fd file = Memfd.sealed("crosvm-wl", size);
            try {
                return new Memory(file, window.map(file, size));
            } catch (RuntimeException e) {
                file.close();
                throw e;
            }
        }

        @Override
        public long map(Fd file, long size) {
            return window.map(file, size);
        }

        @Override
        public void unmap(long guestAddress) {
            window.unmap(guestAddress);
        }

        @Override
        public void close() {
            window.close();
        }
    }

    @Override
    public void close() {
        ours.shutdown();
        Thread serving = thread;
        if (serving != null) {
            try {
                serving.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return; // It still uses what would be closed.
            }
        }
        if (server != null) {
            server.close();
        } else {
            ours.close();
        }
    }
}
