package crosvm.vmm.control;

import java.util.List;

/** A command of the control socket: something a running machine can be asked for. */
public interface Operation {
    /** The command's name in a request. */
    String name();

    /** One line for people: what it does. */
    String help();

    /** What it takes. A request with any other argument is refused before {@link #run} is called. */
    default List<Argument> arguments() {
        return List.of();
    }

    /**
     * Begins, and answers now or later, exactly once. Called on the main loop and never waits: what takes long is begun here,
     * and {@code reply} is used later.
     *
     * @param arguments to be asked only for those in {@link #arguments()}
     * @throws crosvm.vmm.VmmException instead of an answer; a {@link ControlException} has a code, others are "failed"
     */
    void run(Arguments arguments, Reply reply);
}
