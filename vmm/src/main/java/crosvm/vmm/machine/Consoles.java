package crosvm.vmm.machine;

import crosvm.schema.model.PortSpec;
import crosvm.schema.model.PortTarget;
import crosvm.vmm.console.ConsoleHub;
import crosvm.vmm.console.ConsoleInput;
import crosvm.vmm.console.PortInput;
import crosvm.vmm.console.PortOutput;
import crosvm.vmm.graph.DeviceGraph;
import crosvm.vmm.graph.LegacyDevice;
import crosvm.vmm.graph.PciFunctionPlan;
import crosvm.vmm.hosting.ResourceStack;
import crosvm.vmm.linux.Terminal;
import crosvm.vmm.module.ConsolePorts;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * The hubs of a machine's ports: opened before anything else, so that a wrong path is told at once, then connected to their
 * ports. Used by the thread that builds the machine.
 */
final class Consoles implements ConsolePorts {
    private static final String FIRST_PORT = "com1";

    private final ResourceStack resources;
    private final ConsoleTargets places;
    private final Runnable quit;
    private final Map<String, PortSpec> specs = new LinkedHashMap<>();
    private final Map<String, ConsoleHub> hubs = new LinkedHashMap<>();
    private final String console;

    private Consoles(ResourceStack resources, DeviceGraph graph, ConsoleTargets places, Runnable quit) {
        this.resources = resources;
        this.places = places;
        this.quit = quit;
        for (LegacyDevice device : graph.legacy()) {
            PortSpec port = device.port();
            if (port != null) {
                specs.put(device.id(), port);
            }
        }
        for (PciFunctionPlan function : graph.pci()) {
            PortSpec port = function.port();
            if (port != null) {
                specs.put(function.id(), port);
            }
        }
        console = specs.entrySet().stream()
                .filter(entry -> entry.getValue().to() == PortTarget.TERMINAL)
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse(FIRST_PORT);
    }

    /**
     * Opens what the ports lead to.
     *
     * @param quit called on another thread when the user asks the terminal to leave
     * @throws crosvm.vmm.VmmException naming the port, its file or socket and what is wrong with it
     */
    static Consoles open(ResourceStack resources, DeviceGraph graph, ConsoleTargets places, Runnable quit) {
        Consoles consoles = new Consoles(resources, graph, places, quit);
        consoles.specs.forEach(consoles::open);
        return consoles;
    }

    private void open(String id, PortSpec spec) {
        boolean attached = id.equals(console)
                && (places.consoleLog() != null || places.consoleSocket() != null || places.watcher() != null);
        if (spec.to() == PortTarget.NONE && !attached) {
            return;
        }
        ConsoleHub hub = resources.own(new ConsoleHub(id));
        hubs.put(id, hub);
        switch (spec.to()) {
            case FILE -> hub.appendTo(path(spec));
            case SOCKET -> hub.listenAt(path(spec));
            case TERMINAL -> {
                if (places.output() != null) {
                    hub.showOn(places.output());
                }
            }
            case NONE -> {}
        }
        if (attached && places.watcher() != null) {
            hub.watchedBy(places.watcher());
        }
        if (attached && places.consoleLog() != null) {
            hub.logTo(places.consoleLog());
        }
        if (attached && places.consoleSocket() != null) {
            hub.listenAt(places.consoleSocket());
        }
        hub.start();
    }

    private static Path path(PortSpec spec) {
        return Objects.requireNonNull(spec.path(), "the loader lets no file or socket without a path pass");
    }

    @Override
    public PortOutput output(String id) {
        ConsoleHub hub = hubs.get(id);
        return hub == null ? PortOutput.discarding() : hub;
    }

    @Override
    public boolean isTerminal(String id) {
        Terminal terminal = places.terminal();
        return terminal != null && terminal.isTerminal() && leadsToTerminal(id);
    }

    private boolean leadsToTerminal(String id) {
        PortSpec spec = specs.get(id);
        return spec != null && spec.to() == PortTarget.TERMINAL;
    }

    @Override
    public void connect(String id, PortInput port) {
        ConsoleHub hub = hubs.get(id);
        if (hub == null) {
            return;
        }
        hub.connect(port);
        Terminal terminal = places.terminal();
        if (terminal != null && leadsToTerminal(id)) {
            resources.own(ConsoleInput.start(terminal, hub, quit));
        }
    }
}
