package crosvm.runner.serve;

import crosvm.vmm.linux.EndingSignals;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.linux.OwnProcess;
import crosvm.vmm.linux.UnixSocket;
import java.util.List;

/** Who has handed over an order, for as long as that is carried out: told how it ends, and gone when it hangs up. Any thread. */
public final class Caller {
    private static final int SIGHUP = 1;

    private final UnixSocket socket;

    Caller(UnixSocket socket) {
        this.socket = socket;
    }

    /** From now on this process ends when the caller does, and tells which signal has ended it. */
    public void follow() {
        EndingSignals.atEnd(new Thread(this::tellSignal, "tell-signal"));
        Thread watch = new Thread(
                () -> {
                    while (!socket.awaitReadable(-1)) {
                        // A signal of ours interrupted the wait.
                    }
                    OwnProcess.signal(SIGHUP);
                },
                "caller");
        watch.setDaemon(true);
        watch.start();
    }

    private void tellSignal() {
        String signal = EndingSignals.received();
        if (signal != null) {
            send(socket, new byte[] {'S', (byte) EndingSignals.number(signal)});
        }
    }

    /** Tells the exit status, which nothing is to follow but the end of this process. */
    public void end(int status) {
        send(socket, new byte[] {'E', (byte) status});
    }

    /** All of it, which a socket has room for. */
    static boolean send(UnixSocket socket, byte[] word) {
        NativeBuffer bytes = NativeBuffer.allocate(word.length);
        bytes.bytes().put(0, word);
        synchronized (socket) {
            return socket.send(bytes, 0, word.length, List.of()) == word.length;
        }
    }
}
