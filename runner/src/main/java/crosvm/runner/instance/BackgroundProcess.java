package crosvm.runner.instance;

import crosvm.runner.bootentry.LocalSpec;
import crosvm.runner.network.FleetPorts;
import crosvm.runner.network.NetworkAddresses;
import crosvm.runner.network.NetworkPlan;
import crosvm.runner.report.EndReport;
import crosvm.runner.report.ErrorReport;
import crosvm.runner.report.ExitStatus;
import crosvm.runner.report.FailedException;
import crosvm.schema.bind.SpecOverrides;
import crosvm.schema.json.Json;
import crosvm.schema.load.SpecLoader;
import crosvm.schema.model.VmSpec;
import crosvm.schema.write.SpecWriter;
import crosvm.vmm.FailureReason;
import crosvm.vmm.graph.DeviceGraph;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.machine.Shutdown;
import crosvm.vmm.module.kind.DeviceModules;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The first moments of a machine in the background, told to whoever started it ({@link Launcher}), as lines on standard
 * output: {@code running} once the guest has run for {@value #MIN_RUN_MILLISECONDS} ms, {@code taken}, or {@code ended STATUS};
 * all other lines are for the user. Standard input brings the order. After that all three descriptors lead elsewhere: error
 * messages into the machine's own log, the others nowhere.
 */
public final class BackgroundProcess {
    static final String RUNNING = "running";
    static final String TAKEN = "taken";
    static final String ENDED = "ended ";

    /** A guest that dies within this time has not run. */
    static final int MIN_RUN_MILLISECONDS = 250;

    private static final int STANDARD_INPUT = 0;
    private static final int STANDARD_OUTPUT = 1;
    private static final int STANDARD_ERROR = 2;

    private final PrintStream out;
    private final PrintStream err;
    private boolean told;
    private boolean settled;

    private BackgroundProcess(PrintStream out, PrintStream err) {
        this.out = out;
        this.err = err;
    }

    /**
     * What the process is to do.
     *
     * @param yaml the effective spec
     * @param secrets the environment variables whose values the guest alone is to know: a pipe is read by nobody else, an environment is
     */
    record Order(String yaml, StartOrigin from, Path folder, Map<String, String> secrets) {
        String toJson() {
            Map<String, @Nullable Object> map = new LinkedHashMap<>();
            map.put("spec", yaml);
            map.put("file", from.file() == null ? null : from.file().toString());
            map.put("folder", folder.toString());
            map.put("words", from.words());
            map.put("fleet", from.fleet());
            Map<String, @Nullable Object> networks = new LinkedHashMap<>();
            from.networks().forEach((name, plan) -> networks.put(name, plan.toMap()));
            map.put("networks", networks);
            map.put("owner", from.owner() == null ? null : from.owner().text());
            map.put("secrets", secrets);
            return Json.compact(map);
        }

        private static Map<String, NetworkPlan> networks(@Nullable Object given) {
            Map<String, NetworkPlan> networks = new LinkedHashMap<>();
            ((Map<?, ?>) java.util.Objects.requireNonNull(given))
                    .forEach((name, plan) -> networks.put(String.valueOf(name), NetworkPlan.fromMap((Map<?, ?>)
                            java.util.Objects.requireNonNull(plan))));
            return networks;
        }

        private static Map<String, String> secrets(@Nullable Object given) {
            Map<String, String> secrets = new LinkedHashMap<>();
            ((Map<?, ?>) java.util.Objects.requireNonNull(given))
                    .forEach((name, value) -> secrets.put(String.valueOf(name), String.valueOf(value)));
            return secrets;
        }

        /** Not as a record prints itself. */
        @Override
        public String toString() {
            return "the order for " + from.file();
        }

        static Order fromJson(String text) {
            try {
                Map<String, @Nullable Object> map = Json.readObject(text);
                Object file = map.get("file");
                Object owner = map.get("owner");
                StartOrigin from = new StartOrigin(
                        file == null ? null : Path.of(file.toString()),
                        ((List<?>) java.util.Objects.requireNonNull(map.get("words")))
                                .stream().map(String::valueOf).toList(),
                        (String) map.get("fleet"),
                        networks(map.get("networks")),
                        owner == null ? null : ProcessKey.parse(owner.toString()));
                return new Order(
                        String.valueOf(map.get("spec")),
                        from,
                        Path.of(String.valueOf(map.get("folder"))),
                        secrets(map.get("secrets")));
            } catch (Json.Malformed e) {
                throw new IllegalStateException("the order on standard input: " + e.getMessage(), e);
            }
        }
    }

    /** What is to be known of a machine before it starts. */
    public static InstanceState.Launch launch(VmSpec spec, StartOrigin from, Path folder, boolean background) {
        Map<String, String> fields = SpecWriter.flatten(spec);
        fields.putAll(NetworkAddresses.fields(spec, from.networks()));
        return new InstanceState.Launch(
                spec.name(),
                from.file(),
                folder,
                from.words(),
                background,
                SpecWriter.variablesHash(spec),
                fields,
                spec.cpus(),
                spec.memory().bytes(),
                from.fleet());
    }

    /**
     * The life of a machine's own process, from the order to the end.
     *
     * @return its exit status
     */
    public static ExitStatus run(InputStream in, PrintStream out, PrintStream err, Map<String, String> environment) {
        return new BackgroundProcess(out, err).run(in, environment);
    }

    private ExitStatus run(InputStream in, Map<String, String> open) {
        try {
            Order order = Order.fromJson(new String(in.readAllBytes(), StandardCharsets.UTF_8));
            Map<String, String> environment = new LinkedHashMap<>(open);
            environment.putAll(order.secrets()); // Nobody keeps a user from calling HOME a credential.
            VmSpec spec = SpecLoader.withEnvironment(order.secrets())
                    .ofMember()
                    .load(
                            "vm.yaml",
                            order.yaml().getBytes(StandardCharsets.UTF_8),
                            order.folder(),
                            SpecOverrides.none())
                    .orThrow();
            PrintStream messages = messages();
            DeviceGraph graph = DeviceModules.plan(new LocalSpec(environment, messages::println).of(spec));
            InstanceState.Launch launch = launch(spec, order.from(), order.folder(), true);
            StateFolders folders = StateFolders.of(environment);
            Shutdown how;
            try (FleetPorts networks = networks(order, spec, folders, environment, messages)) {
                how = new MachineProcess(graph, launch, folders, messages)
                        .withSecrets(order.secrets())
                        .connectedTo(networks)
                        .ownedBy(order.from().owner())
                        .onClaim(folder -> settle(folder, order))
                        .onState(this::follow)
                        .runInBackground();
            }
            return end(EndReport.tell(spec.name(), how, messages));
        } catch (NameTakenException e) {
            tell(TAKEN);
            return ExitStatus.FAILED;
        } catch (Throwable e) {
            return end(new ErrorReport(messages(), "1".equals(open.get("CROSVM_DEBUG"))).tell(e));
        }
    }

    private static FleetPorts networks(
            Order order, VmSpec spec, StateFolders folders, Map<String, String> environment, PrintStream messages) {
        Map<String, NetworkPlan> plans = order.from().networks();
        String fleet = order.from().fleet();
        return new FleetPorts(
                plans,
                fleet == null ? spec.name() : spec.name().substring(fleet.length() + 1),
                plans.isEmpty() ? Path.of("/") : folders.networks(),
                environment,
                text -> messages.println("crosvm: " + spec.name() + ": " + text),
                new NetworkLog(folders.of(spec.name())::networkLog)::add);
    }

    /** From here on what goes to standard error stays with the machine. */
    private void settle(StateFolder folder, Order order) {
        try {
            java.nio.file.Files.deleteIfExists(folder.ownLog());
            WholeFile.replace(folder.specFile(), order.yaml());
        } catch (IOException e) {
            throw new FailedException(folder.path() + ": cannot be written: " + FailureReason.of(e), e);
        }
        redirect(folder.ownLog().toString(), Fd.O_WRONLY | Fd.O_CREAT | Fd.O_APPEND, STANDARD_ERROR);
        redirect("/dev/null", Fd.O_RDONLY, STANDARD_INPUT);
        synchronized (this) {
            settled = true;
        }
    }

    private static void redirect(String to, int flags, int number) {
        try (Fd file = Fd.open(to, flags)) {
            file.replace(Fd.owning(number, "standard descriptor " + number));
        }
    }

    /** One that has to be started again at once has not come to life either, though it is tried on. */
    private void follow(InstanceState state) {
        if (state.phase() == Phase.RUNNING) {
            confirmRunning();
        } else if (state.phase() == Phase.RESTARTING) {
            tell(ENDED + state.status());
        }
    }

    private void confirmRunning() {
        Thread confirmation = new Thread(
                () -> {
                    try {
                        Thread.sleep(MIN_RUN_MILLISECONDS);
                        tell(RUNNING);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                },
                "confirm-running");
        confirmation.setDaemon(true);
        confirmation.start();
    }

    /** Error texts go into the log, once standard error is that, and to whoever waits for us. */
    private PrintStream messages() {
        return new PrintStream(
                new java.io.OutputStream() {
                    @Override
                    public void write(int b) {
                        write(new byte[] {(byte) b}, 0, 1);
                    }

                    @Override
                    public void write(byte[] bytes, int offset, int length) {
                        synchronized (BackgroundProcess.this) {
                            if (settled || told) {
                                err.write(bytes, offset, length);
                            }
                            if (!told) {
                                out.write(bytes, offset, length);
                            }
                        }
                    }
                },
                true,
                StandardCharsets.UTF_8);
    }

    private ExitStatus end(ExitStatus status) {
        tell(ENDED + status.code());
        return status;
    }

    /** Says how it went, once, and hangs up. */
    private synchronized void tell(String word) {
        if (!told) {
            told = true;
            out.println(word);
            out.flush();
            redirect("/dev/null", Fd.O_WRONLY, STANDARD_OUTPUT);
        }
    }
}
