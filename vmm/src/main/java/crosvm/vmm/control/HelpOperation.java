package crosvm.vmm.control;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** {@code help}: what the control socket takes, itself included. */
final class HelpOperation implements Operation {
    static final String NAME = "help";

    private final List<Operation> others;

    HelpOperation(List<Operation> others) {
        this.others = List.copyOf(others);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String help() {
        return "list the commands";
    }

    @Override
    public void run(Arguments arguments, Reply reply) {
        Map<String, Object> commands = new LinkedHashMap<>();
        Map<String, Object> taken = new LinkedHashMap<>();
        Stream.concat(others.stream(), Stream.of(this)).forEach(operation -> {
            commands.put(operation.name(), operation.help());
            if (!operation.arguments().isEmpty()) {
                Map<String, String> each = new LinkedHashMap<>();
                operation.arguments().forEach(argument -> each.put(argument.name(), argument.help()));
                taken.put(operation.name(), each);
            }
        });
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("version", ControlRequest.VERSION);
        answer.put("commands", commands);
        answer.put("arguments", taken);
        reply.result(answer);
    }
}
