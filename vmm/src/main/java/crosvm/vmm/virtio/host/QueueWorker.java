package crosvm.vmm.virtio.host;

import crosvm.vmm.event.EventLoop;
import crosvm.vmm.event.Uninterruptibly;
import java.util.function.Consumer;

/** A thread with an event loop on which queues are handled. Any thread may start and close it. */
final class QueueWorker implements AutoCloseable {
    private final EventLoop loop;
    private final Thread thread;

    /** @param onDeath told when the thread ends by a failure of ours instead of by {@link #close()} */
    QueueWorker(String name, Consumer<Throwable> onDeath) {
        loop = new EventLoop(name);
        thread = new Thread(
                () -> {
                    try {
                        loop.run();
                    } catch (Throwable e) {
                        onDeath.accept(e);
                    }
                },
                name);
        thread.setDaemon(true);
        thread.start();
    }

    EventLoop loop() {
        return loop;
    }

    /** Ends the thread after the handler that is running, and waits for it. */
    @Override
    public void close() {
        loop.stop();
        Uninterruptibly.run(thread::join);
        loop.close();
    }
}
