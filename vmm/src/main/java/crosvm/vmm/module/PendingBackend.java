package crosvm.vmm.module;

import crosvm.vmm.event.EventLoop;
import crosvm.vmm.virtio.VirtioBackend;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A device on its way into the machine: what it needs of the host is open, its process, if it has one, is starting. Made
 * early, so that a wrong file is told before anything else happens and processes start while the kernel is loaded.
 */
public interface PendingBackend extends AutoCloseable {
    /**
     * The back-end to plug into the PCI bus, which closes it. Called at most once, before the guest starts. Its process may be
     * waited for later ({@link crosvm.vmm.hosting.JailedDevices#awaitReady}).
     *
     * @param loop on which a process's death and announcements are seen
     * @throws crosvm.vmm.VmmException when its process has ended or does not answer
     */
    VirtioBackend connect(EventLoop loop);

    /**
     * How far the device may write into its image from now on, in bytes, where it has a process of its own, which is kept to
     * that. Any thread, while the machine runs.
     */
    default void limitFiles(long bytes) {}

    /** After the back-end has been closed, or without one: gives back what is left, ends the process. */
    @Override
    void close();

    /**
     * A back-end of this process: on a thread, or in the kernel.
     *
     * @param giveBack what to do when {@code make} has not been called
     */
    static PendingBackend here(Runnable giveBack, Supplier<VirtioBackend> make) {
        return new PendingBackend() {
            private @Nullable Runnable unused = giveBack;

            @Override
            public VirtioBackend connect(EventLoop loop) {
                VirtioBackend backend = make.get();
                unused = null;
                return backend;
            }

            @Override
            public void close() {
                if (unused != null) {
                    unused.run();
                }
            }
        };
    }
}
