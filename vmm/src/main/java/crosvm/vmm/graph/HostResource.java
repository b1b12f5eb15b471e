package crosvm.vmm.graph;

import crosvm.schema.model.PortSpec;
import java.util.List;
import java.util.Objects;

/**
 * Something of the host that the machine takes.
 *
 * @param kind what it is
 * @param name its path or name
 * @param access what is done with it, for people: {@code read, shared lock}
 */
public record HostResource(Kind kind, String name, String access) {
    /** How a credential's file is read. */
    public static final String READ_SECRET = "read, secret";

    /** What a console's port takes. */
    public static List<HostResource> ofPort(PortSpec port) {
        return switch (port.to()) {
            case TERMINAL -> List.of(new HostResource(Kind.TERMINAL, "terminal", "read, write, raw mode"));
            case FILE -> List.of(new HostResource(Kind.FILE, pathOf(port), "write"));
            case SOCKET -> List.of(new HostResource(Kind.SOCKET, pathOf(port), "listen"));
            case NONE -> List.of();
        };
    }

    /** The loader lets no port to a file or socket through that has no path. */
    private static String pathOf(PortSpec port) {
        return Objects.requireNonNull(port.path(), "a port to a file or socket has a path")
                .toString();
    }

    /** What a resource is. */
    public enum Kind {
        /** A regular file. */
        FILE,
        /** A folder. */
        FOLDER,
        /** A device node. */
        DEVICE,
        /** A Unix socket, listened on or connected to. */
        SOCKET,
        /** A network interface. */
        TAP,
        /** A network between machines. */
        NETWORK,
        /** A port of the host's own network. */
        PORT,
        /** A program which is started. */
        PROGRAM,
        /** The terminal crosvm runs on. */
        TERMINAL,
        /** A service of the kernel which needs no path. */
        KERNEL
    }
}
