package crosvm.runner.cli;

import crosvm.runner.instance.BackgroundProcess;
import crosvm.runner.instance.InstanceState;
import crosvm.runner.instance.MachineProcess;
import crosvm.runner.instance.NameTakenException;
import crosvm.runner.instance.SecretVariables;
import crosvm.runner.instance.StartOrigin;
import crosvm.runner.instance.StateFolders;
import crosvm.runner.report.EndReport;
import crosvm.runner.report.ExitStatus;
import crosvm.runner.report.Output;
import crosvm.schema.load.SpecLoader;
import crosvm.schema.model.VmSpec;
import crosvm.vmm.graph.DeviceGraph;
import crosvm.vmm.hosting.WaitingDevices;
import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.module.kind.DeviceModules;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A machine on the terminal that crosvm was started from, from its spec to its end. */
final class MachineOnTerminal {
    /** What an option begins with, and a word for which picocli reads a file of others. */
    private static final String NO_PLAIN_WORD = "-@";

    private MachineOnTerminal() {}

    /**
     * That of a command line of which the word behind {@code up} is a file, and nothing else: to describe and read such a line takes picocli
     * 40 of 97 ms of a profile of a start's main thread on Java 17.
     *
     * @param words behind {@code crosvm}
     * @return null when they say more than that, and when it is no machine's file; nothing has been done then
     */
    static @Nullable ExitStatus ofFile(List<String> words, Streams streams) {
        if (words.size() != 2
                || words.get(1).isEmpty()
                || NO_PLAIN_WORD.indexOf(words.get(1).charAt(0)) >= 0
                || !Files.isRegularFile(Path.of(words.get(1)))) {
            return null;
        }
        SpecLoader loader = SpecLoader.withEnvironment(streams.environment());
        List<SpecGroup> groups = SpecGroup.of(words.subList(1, 2), loader);
        if (groups.size() != 1 || groups.get(0).fleet() != null) {
            return null;
        }
        LoadedGroup loaded = new SpecSource().load(groups.get(0), loader, streams);
        VmSpec spec = LoadedGroup.spec(loaded.spec().orThrow().get(0));
        List<String> again = List.of(words.get(0), UpCommand.DETACH, words.get(1));
        return boot(spec, loaded.group().file(), again, streams);
    }

    /** Runs a machine on this terminal to its end and tells how it ended. */
    static ExitStatus boot(VmSpec spec, @Nullable Path file, List<String> words, Streams streams) {
        SecretVariables.hide(spec, streams.environment());
        SpecImages images = new SpecImages(streams);
        images.pull(spec);
        DeviceGraph graph = DeviceModules.plan(images.locate(spec));
        WaitingDevices prepared = streams.devices();
        // First of all: they start while everything else is got ready.
        WaitingDevices devices = prepared == null ? WaitingDevices.of(graph) : prepared;
        try (devices) {
            return boot(spec, graph, devices, new StartOrigin(file, words, null, null), streams);
        }
    }

    private static ExitStatus boot(
            VmSpec spec, DeviceGraph graph, WaitingDevices devices, StartOrigin from, Streams streams) {
        InstanceState.Launch launch =
                BackgroundProcess.launch(spec, from, Path.of("").toAbsolutePath(), false);
        StateFolders folders = StateFolders.of(streams.environment());
        MachineProcess process = new MachineProcess(graph, launch, folders, streams.err())
                .notifying(streams.environment())
                .with(devices);
        try {
            ExitStatus status = EndReport.tell(graph.name(), process.runOnTerminal(), streams.err());
            ErrnoException lost = process.outputFailure();
            return lost == null ? status : Output.incomplete(String.valueOf(lost.getMessage()), status, streams.err());
        } catch (NameTakenException e) {
            AlreadyRunning.tell(launch, folders, streams.err());
            return ExitStatus.FAILED;
        }
    }
}
