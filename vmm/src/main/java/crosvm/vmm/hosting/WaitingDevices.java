package crosvm.vmm.hosting;

import crosvm.vmm.VmmException;
import crosvm.vmm.graph.DeviceGraph;
import crosvm.vmm.graph.PciFunctionPlan;
import crosvm.vmm.graph.ProcessPlan;
import crosvm.vmm.jail.JailLimits;
import crosvm.vmm.jail.WaitingJail;
import crosvm.vmm.module.HostedModule;
import crosvm.vmm.module.kind.DeviceModules;
import crosvm.vmm.virtio.remote.DeviceProcess;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Device processes of one machine that are begun before it is built, and wait to be told which device they are: their Javas start
 * beside ours. A device finds none here, or none that suits, and has a process started as ever: whatever keeps one from being begun is
 * told then. Owned by the thread that begins them and that builds the machine, and lives as long as it.
 */
public final class WaitingDevices implements AutoCloseable {
    private static final int READY_MILLISECONDS = 20_000;
    private static final int DISCARD_MILLISECONDS = 1000;

    private final List<Begun> begun = new ArrayList<>();

    /** One process, and the name of the one planned for which it was begun; null when it is for any. */
    private record Begun(@Nullable String name, WaitingJail jail) {}

    private WaitingDevices() {}

    /** No processes. */
    public static WaitingDevices none() {
        return new WaitingDevices();
    }

    /**
     * For the processes of ours that a machine is going to have, as many as this process leaves processors idle: more would take
     * the time that the guest's first instruction waits for. None under limits, which processes begun before escape.
     */
    public static WaitingDevices of(DeviceGraph graph) {
        return of(graph, Runtime.getRuntime().availableProcessors() - 1);
    }

    /** The same, {@code most} or fewer. */
    public static WaitingDevices of(DeviceGraph graph, int most) {
        WaitingDevices devices = none();
        if (graph.limits() != null) {
            return devices;
        }
        for (ProcessPlan process : graph.processes()) {
            if (process.kind() == ProcessPlan.Kind.JAIL
                    && (devices.begun.size() >= most || !devices.begin(process.name(), words(graph, process)))) {
                break;
            }
        }
        return devices;
    }

    /** So many that have rehearsed every kind of device, for whatever machine comes. */
    public static WaitingDevices ofAnyKind(int count) {
        WaitingDevices devices = none();
        List<String> words = new ArrayList<>();
        for (HostedModule<?, ?> module : DeviceModules.hosted()) {
            words.add(module.kind().word());
            words.add("any");
        }
        for (int i = 0; i < count && devices.begin(null, words); i++) {
            // The next.
        }
        return devices;
    }

    /** The kind and the id of each device, by which people find the process. */
    private static List<String> words(DeviceGraph graph, ProcessPlan process) {
        List<String> words = new ArrayList<>();
        for (PciFunctionPlan function : graph.pci()) {
            if (process.devices().contains(function.id())) {
                words.add(function.kind().word());
                words.add(function.id());
            }
        }
        return words;
    }

    private boolean begin(@Nullable String name, List<String> words) {
        List<String> arguments = new ArrayList<>(List.of(DeviceMain.WAITING));
        arguments.addAll(words);
        try {
            begun.add(new Begun(name, DeviceProcess.begin(DeviceMain.class, arguments)));
            return true;
        } catch (VmmException e) {
            return false;
        }
    }

    /** Waits until all are warm, but not for ever: a device works as well with one that is not. */
    public synchronized void awaitReady() {
        begun.forEach(one -> one.jail().awaitReady(READY_MILLISECONDS));
    }

    /** Whether there are any. */
    public synchronized boolean isEmpty() {
        return begun.isEmpty();
    }

    /** One that can become this process, the caller's from then on; null when there is none. */
    synchronized @Nullable WaitingJail take(String name, JailLimits limits, int descriptors) {
        for (Iterator<Begun> each = begun.iterator(); each.hasNext(); ) {
            Begun one = each.next();
            if ((one.name() == null || one.name().equals(name))
                    && one.jail().canBecome(limits, descriptors)
                    && one.jail().answers()) {
                each.remove();
                return one.jail();
            }
        }
        return null;
    }

    /** Ends those that nobody has taken in the background, when the machine's start is over, which is short of processors. */
    public void discard() {
        if (!isEmpty()) {
            Thread thread = new Thread(this::closeLater, "unneeded devices");
            thread.setDaemon(true);
            thread.start();
        }
    }

    private void closeLater() {
        try {
            Thread.sleep(DISCARD_MILLISECONDS);
            close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends those that nobody has taken, and waits until they are gone. Any thread. */
    @Override
    public synchronized void close() {
        begun.forEach(one -> one.jail().close());
        begun.clear();
    }
}
