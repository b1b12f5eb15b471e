package crosvm.vmm.control;

import java.util.List;
import java.util.function.BiConsumer;

/** An operation of a test. */
record TestOperation(String name, String help, List<Argument> arguments, BiConsumer<Arguments, Reply> action)
        implements Operation {
    TestOperation(String name, String help, BiConsumer<Arguments, Reply> action, Argument... arguments) {
        this(name, help, List.of(arguments), action);
    }

    @Override
    public void run(Arguments arguments, Reply reply) {
        action.accept(arguments, reply);
    }
}
