package crosvm.runner.cli;

import crosvm.runner.instance.MachineAddress;
import crosvm.runner.instance.MachineNames;
import crosvm.schema.load.Fleet;
import crosvm.schema.load.SpecLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The machines that words of a command line mean: names, control sockets, files and folders of specs; of a file of several machines
 * all, or those whose names in it stand behind it; without a file before them, those of the current folder's. Used by one thread.
 */
final class NamedMachines {
    private static final String DEFAULT = "vm.yaml";

    private final Streams streams;
    /** Whether of a whole file only those are meant that there is something of. */
    private final boolean isOfRun;

    private final SpecLoader loader;
    private final Set<String> names = new LinkedHashSet<>();
    private final Set<String> ofWholeFiles = new HashSet<>();
    /** What goes down before what; those of no fleet stand first. */
    private final List<List<String>> waves = new ArrayList<>(List.of(new ArrayList<>()));

    private NamedMachines(Streams streams, boolean isOfRun) {
        this.streams = streams;
        this.isOfRun = isOfRun;
        this.loader = SpecLoader.withEnvironment(streams.environment());
    }

    /** What these words mean. */
    static NamedMachines of(List<String> words, Streams streams) {
        return of(words, streams, false);
    }

    /**
     * The same, but of a whole file without its machines that have never run, such as those of a profile; unless none of them has, which is then
     * told of each.
     */
    static NamedMachines thatHaveRun(List<String> words, Streams streams) {
        return of(words, streams, true);
    }

    private static NamedMachines of(List<String> words, Streams streams, boolean isOfRun) {
        NamedMachines machines = new NamedMachines(streams, isOfRun);
        machines.add(words);
        return machines;
    }

    /** Each once: names of machines, files of one machine, control sockets. */
    List<String> names() {
        return List.copyOf(names);
    }

    /** The same in the order in which they go down: those of a list at the same time. */
    List<List<String>> waves() {
        return waves.stream().filter(wave -> !wave.isEmpty()).toList();
    }

    /** Whether it is one of a file of several that was named as a whole, so that no other machine can be meant. */
    boolean isOfWholeFile(String name) {
        return ofWholeFiles.contains(name);
    }

    private void add(List<String> words) {
        Fleet fleet = null;
        List<Fleet.Machine> chosen = new ArrayList<>();
        for (String word : words) {
            List<Fleet.Machine> named = fleet == null ? List.of() : fleet.named(word);
            if (!named.isEmpty()) {
                chosen.addAll(named);
                continue;
            }
            finish(fleet, chosen);
            fleet = fleetOf(word);
            if (fleet == null) {
                addOther(word);
            }
        }
        finish(fleet, chosen);
    }

    /** Ends the names behind a fleet's file; without any, all are meant. */
    private void finish(@Nullable Fleet fleet, List<Fleet.Machine> chosen) {
        if (fleet != null) {
            add(fleet, chosen.isEmpty() ? whole(fleet) : chosen);
        }
        chosen.clear();
    }

    private List<Fleet.Machine> whole(Fleet fleet) {
        List<Fleet.Machine> run = fleet.machines().stream()
                .filter(machine -> isOfRun && MachineNames.isKnown(machine.name(), streams.environment()))
                .toList();
        List<Fleet.Machine> machines = run.isEmpty() ? fleet.machines() : run;
        machines.forEach(machine -> ofWholeFiles.add(machine.name()));
        return machines;
    }

    private void add(Fleet fleet, List<Fleet.Machine> machines) {
        machines.forEach(machine -> names.add(machine.name()));
        int at = 0;
        for (List<String> wave : DownWaves.ofMachines(fleet, new LinkedHashSet<>(machines))) {
            while (waves.size() <= at) {
                waves.add(new ArrayList<>());
            }
            waves.get(at++).addAll(wave);
        }
    }

    /** That of a file of several machines. */
    private @Nullable Fleet fleetOf(String word) {
        return MachineAddress.isSocket(word)
                        || MachineNames.isKnown(word, streams.environment())
                        || !Files.isRegularFile(Path.of(word))
                ? null
                : loader.fleet(Path.of(word));
    }

    private void addOther(String word) {
        if (MachineAddress.isSocket(word) || MachineNames.isKnown(word, streams.environment())) {
            addName(word);
        } else if (SpecFiles.isSeveral(word, streams)) {
            for (Path file : SpecFiles.machines(Path.of(word)).all()) {
                Fleet fleet = loader.fleet(file);
                if (fleet == null) {
                    addName(file.toString());
                } else {
                    add(fleet, whole(fleet));
                }
            }
        } else {
            boolean isHere = !Files.exists(Path.of(word)) && Files.isRegularFile(Path.of(DEFAULT));
            Fleet here = isHere ? loader.fleet(Path.of(DEFAULT)) : null;
            List<Fleet.Machine> named = here == null ? List.of() : here.named(word);
            if (here == null || named.isEmpty()) {
                addName(word);
            } else {
                add(here, named);
            }
        }
    }

    private void addName(String word) {
        if (names.add(word)) {
            waves.get(0).add(word);
        }
    }
}
