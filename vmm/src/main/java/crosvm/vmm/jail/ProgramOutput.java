package crosvm.vmm.jail;

import crosvm.vmm.event.EventFd;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.FdChannel;
import crosvm.vmm.linux.Pipe;
import crosvm.vmm.linux.PollSet;
import java.nio.ByteBuffer;

/**
 * What a program writes, read from a pipe until nobody can write any more or {@link #stop} is called: whoever reads never waits
 * for a program that cannot be killed, as one that hangs in the kernel. One thread reads; any may stop.
 */
final class ProgramOutput implements AutoCloseable {
    private final Pipe pipe;
    private final EventFd stop;
    private final PollSet events;
    private final FdChannel channel;
    private volatile boolean stopped;

    /** @param name for messages */
    ProgramOutput(String name) {
        pipe = Pipe.create(name);
        stop = EventFd.create(name);
        channel = FdChannel.over(pipe.reader().number(), name);
        events = PollSet.readable(pipe.reader().number(), stop.fd().number());
    }

    /** For the program. */
    Fd writer() {
        return pipe.writer();
    }

    /** Once the program has its own. */
    void letGoOfWriter() {
        pipe.writer().close();
    }

    /** Waits until there is something to read, or nothing more to come. */
    void await() {
        while (!stopped && !events.await(-1)) {
            // A signal of ours interrupted the wait.
        }
    }

    /**
     * Waits until there is something, and reads what there is.
     *
     * @return bytes read; -1 when nothing more comes
     */
    int read(byte[] buffer) {
        await();
        return stopped ? -1 : channel.read(ByteBuffer.wrap(buffer));
    }

    /** From now on nothing more is read, and whoever waits goes on. */
    void stop() {
        stopped = true;
        stop.signal();
    }

    /** Once nobody reads any more. */
    @Override
    public void close() {
        pipe.close();
        stop.close();
    }
}
