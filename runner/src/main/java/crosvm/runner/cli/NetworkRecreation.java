package crosvm.runner.cli;

import crosvm.runner.instance.InstanceState;
import crosvm.runner.instance.MachineDown;
import crosvm.runner.instance.StartCheck;
import crosvm.runner.instance.StateFolders;
import crosvm.runner.network.NetworkAddresses;
import crosvm.runner.network.NetworkPlan;
import crosvm.schema.load.LoadedSpec.Loaded;
import crosvm.schema.model.VmSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Machines that make way together: a network takes other addresses only once nobody is on it. */
final class NetworkRecreation {
    private NetworkRecreation() {}

    /**
     * Takes down those that run on a network of other addresses, the last first, once it is certain that all of them can be started.
     *
     * @param machines in the order in which they are started
     */
    static void makeWay(List<Loaded> machines, Map<String, NetworkPlan> plans, Streams streams) {
        StateFolders folders = StateFolders.of(streams.environment());
        List<VmSpec> there = new ArrayList<>();
        for (Loaded loaded : machines) {
            VmSpec spec = LoadedGroup.spec(loaded);
            InstanceState state = folders.of(spec.name()).read();
            if (state != null
                    && state.isAlive()
                    && hasOtherAddresses(state.launch().fields(), NetworkAddresses.fields(spec, plans))) {
                there.add(0, spec);
            }
        }
        for (VmSpec spec : there) {
            new SpecImages(streams).pull(spec);
            StartCheck.require(spec, folders.of(spec.name()), streams.environment());
        }
        for (VmSpec spec : there) {
            DownCommand.await(
                    spec.name(), MachineDown.begin(folders.of(spec.name()), DownCommand.DEFAULT_TIMEOUT), streams);
        }
    }

    private static boolean hasOtherAddresses(Map<String, String> running, Map<String, String> wanted) {
        return wanted.entrySet().stream()
                .filter(field ->
                        field.getKey().endsWith(".subnet") || field.getKey().endsWith(".ipv6"))
                .anyMatch(field -> !field.getValue().equals(running.getOrDefault(field.getKey(), field.getValue())));
    }
}
