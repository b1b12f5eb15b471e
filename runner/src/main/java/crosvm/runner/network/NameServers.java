package crosvm.runner.network;

import crosvm.runner.report.FailedException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** The processes of a network's {@link NameServer}: its own, and one for each other kind of what machines reach. Used by one thread at a time. */
final class NameServers {
    private static final int START_MILLISECONDS = 30_000;

    private final NetworkRoom room;
    private final Consumer<String> tell;
    private final List<WatchedProgram> programs = new ArrayList<>();
    private final List<String> configurations = new ArrayList<>();

    NameServers(NetworkRoom room, Consumer<String> tell) {
        this.room = room;
        this.tell = tell;
    }

    /**
     * As this plan wants it from now on. The sets that they fill must be there.
     *
     * @throws FailedException when one does not start
     */
    void follow(NetworkPlan plan) {
        NameServer.machines(room, plan);
        int wanted = plan.reaches().size();
        while (programs.size() > wanted) {
            configurations.remove(wanted);
            programs.remove(wanted).stop();
        }
        for (int number = 0; number < wanted; number++) {
            String configuration = NameServer.configuration(plan, room.folder(), number);
            if (number == programs.size()) {
                begin(number, configuration);
            } else if (configuration.equals(configurations.get(number))) {
                programs.get(number).reload();
            } else {
                NameServer.configure(room, number, configuration);
                configurations.set(number, configuration);
                programs.get(number).restart();
            }
        }
    }

    private void begin(int number, String configuration) {
        NameServer.configure(room, number, configuration);
        WatchedProgram program = new WatchedProgram(
                "dnsmasq",
                NameServer.log(room, number),
                log -> room.start(NameServer.command(room, number), log),
                tell);
        programs.add(program);
        configurations.add(configuration);
        program.begin();
        String failure = program.await(() -> room.call(() -> NameServer.isReady(number)), START_MILLISECONDS);
        if (!failure.isEmpty()) {
            throw new FailedException("dnsmasq " + failure);
        }
    }
}
