package crosvm.runner.cli;

import crosvm.runner.instance.KernelLocks;
import crosvm.schema.yaml.Comments;
import crosvm.vmm.linux.NativeBuffer;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Loads, on a thread of its own, what a machine's start needs and its command line does not, while that is read: the YAML parser
 * and the native calls. Nobody waits for it: who needs a class that is being initialised waits for that class. So that the two
 * threads never wait for each other, it is to initialise nothing that could need what the other thread initialises meanwhile: libraries,
 * and classes of ours that need only these.
 */
final class Prelude {
    private static final Set<String> COMMANDS = Set.of("up", "run");

    private volatile @Nullable Error failure;

    /**
     * Begins it where it helps: before a machine's start on two processors or more.
     *
     * @param arguments the words of the command line
     */
    static Prelude begin(String[] arguments) {
        Prelude prelude = new Prelude();
        if (arguments.length > 0
                && COMMANDS.contains(arguments[0])
                && Runtime.getRuntime().availableProcessors() > 1) {
            KernelLocks.readAhead();
            prelude.start();
        }
        return prelude;
    }

    private void start() {
        // No lambda, which Java would link in front of everything.
        Thread thread = new Thread("prelude") {
            @Override
            public void run() {
                attempt(Prelude::load);
            }
        };
        thread.setDaemon(true);
        thread.start();
    }

    /** Does this and keeps why it could not be done. */
    void attempt(Runnable work) {
        try {
            work.run();
        } catch (Error e) {
            failure = e;
        }
    }

    /** In the order in which it is needed. */
    static void load() {
        Comments.of("a: 1");
        NativeBuffer.allocate(Long.BYTES);
    }

    /** What an error comes from: a class that could not be initialised here only leaves word of that to who needs it later. */
    Throwable originOf(Throwable error) {
        Error here = failure;
        return error instanceof NoClassDefFoundError && here != null ? here : error;
    }
}
