package crosvm.vmm.graph;

/**
 * Something of the host that the machine takes.
 *
 * @param kind what it is
 * @param name its path or name
 * @param access what is done with it, for people: {@code read, shared lock}
 */
public record HostResource(Kind kind, String name, String access) {
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
