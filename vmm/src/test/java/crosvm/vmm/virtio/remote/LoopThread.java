package crosvm.vmm.virtio.remote;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.vmm.event.EventLoop;

/** A main loop on a thread of the test; closing it makes sure that no handler has thrown. */
public final class LoopThread implements AutoCloseable {
    public final EventLoop loop = new EventLoop("test loop");
    private volatile Throwable failure;
    private final Thread thread = new Thread(
            () -> {
                try {
                    loop.run();
                } catch (Throwable e) {
                    failure = e;
                }
            },
            "test loop");

    public LoopThread() {
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() {
        loop.stop();
        try {
            thread.join(10_000);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        assertThat(thread.isAlive()).as("loop still running").isFalse();
        loop.close();
        assertThat(failure).as("thrown by a handler").isNull();
    }
}
