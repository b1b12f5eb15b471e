package crosvm.runner.network;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The program of a process that starts a tested network's. */
final class NetworkStarter {
    private NetworkStarter() {}

    /** @param arguments the folder of the network's files */
    public static void main(String[] arguments) {
        NetworkPlan plan = TestedNetwork.plan(false, List.of());
        new NetworkStart(Path.of(arguments[0]), plan, Map.of())
                .connect(List.of())
                .close();
    }
}
