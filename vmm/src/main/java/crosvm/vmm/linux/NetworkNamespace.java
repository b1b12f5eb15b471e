package crosvm.vmm.linux;

import crosvm.vmm.linux.jna.LibC;

/**
 * The network namespace of the calling thread (network_namespaces(7)), which the processes that it starts inherit. Needs
 * CAP_SYS_ADMIN, which the first user of a user namespace has in it. The threads of a process need not share one, so each method
 * belongs on a thread that does nothing else.
 */
public final class NetworkNamespace {
    private static final long SYS_UNSHARE = 272;
    private static final long SYS_SETNS = 308;
    private static final long CLONE_NEWNET = 0x40000000;

    private NetworkNamespace() {}

    /**
     * Moves this thread into a new one, with nothing but an interface {@code lo} that is down.
     *
     * @throws ErrnoException EPERM without the capability
     */
    public static void unshare() {
        ErrnoException.check(LibC.syscall(SYS_UNSHARE, CLONE_NEWNET, 0, 0, 0, 0, 0), "unshare of the network");
    }

    /**
     * Moves this thread into one that is there.
     *
     * @param namespace a descriptor of it, such as an opened {@code /proc/PID/ns/net}
     * @throws ErrnoException EPERM without the capability
     */
    public static void enter(Fd namespace) {
        ErrnoException.check(
                LibC.syscall(SYS_SETNS, namespace.number(), CLONE_NEWNET, 0, 0, 0, 0), namespace.name() + ": setns");
    }
}
