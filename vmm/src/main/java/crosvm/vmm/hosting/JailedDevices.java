package crosvm.vmm.hosting;

import crosvm.vmm.VmmException;
import crosvm.vmm.event.EventLoop;
import crosvm.vmm.graph.DeviceGraph;
import crosvm.vmm.graph.PciFunctionPlan;
import crosvm.vmm.graph.ProcessPlan;
import crosvm.vmm.jail.JailLimits;
import crosvm.vmm.jail.JailPolicy;
import crosvm.vmm.jail.ProcessLog;
import crosvm.vmm.jail.WaitingJail;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.module.DeviceParts;
import crosvm.vmm.module.HostedModule;
import crosvm.vmm.module.PendingBackend;
import crosvm.vmm.virtio.VirtioBackend;
import crosvm.vmm.virtio.host.VhostUserServer;
import crosvm.vmm.virtio.remote.AwaitedBackend;
import crosvm.vmm.virtio.remote.DeviceProcess;
import crosvm.vmm.virtio.remote.DeviceProgram;
import crosvm.vmm.virtio.remote.RemoteDevice;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The devices of a machine that run in jailed processes of ours: gathered first, by process, then all processes started at
 * once, then waited for, while the guest may run already. Used by the thread that builds and runs the machine, which must live as
 * long as the machine.
 */
public final class JailedDevices {
    private final DeviceGraph graph;
    private final EventLoop loop;
    private final Consumer<String> onDeath;
    private final WaitingDevices waiting;
    private final Map<String, Jail> jails = new LinkedHashMap<>();
    private volatile boolean abandoned;
    private boolean sealed;

    /** @param waiting processes that have been begun for them */
    public JailedDevices(DeviceGraph graph, EventLoop loop, Consumer<String> onDeath, WaitingDevices waiting) {
        this.graph = graph;
        this.loop = loop;
        this.onDeath = onDeath;
        this.waiting = waiting;
    }

    /**
     * Takes over {@code parts}.
     *
     * @param counters for the process to count in; stays the caller's
     */
    public <P extends DeviceParts> PendingBackend add(
            PciFunctionPlan plan, HostedModule<?, P> module, P parts, Fd counters) {
        ProcessPlan process = graph.processes().stream()
                .filter(some -> some.devices().contains(plan.id()))
                .findFirst()
                .orElseThrow();
        Jail jail = jails.computeIfAbsent(process.name(), Jail::new);
        Member member = new Member(jail, jail.members.size(), plan, new HandedDevice<>(module, parts, counters));
        jail.members.add(member);
        return member;
    }

    /**
     * Whether nothing that the user has written or that this host forbids can keep the processes from being started: one has been begun,
     * and the policies are ours. Then they need not be started before the guest runs, which has the processors to itself first.
     */
    boolean mayStartLater() {
        return !waiting.isEmpty() && graph.policyDir() == null;
    }

    /**
     * Starts the processes that are not started yet.
     *
     * @throws crosvm.seccomp.policy.PolicyException when a policy cannot be read or has mistakes
     */
    public void start() {
        for (Jail jail : jails.values()) {
            if (jail.process != null) {
                continue;
            }
            List<String> names =
                    jail.members.stream().map(member -> member.plan.policy()).toList();
            jail.start(new JailPolicy(
                    JailPolicy.load(graph.policyDir(), "the policies of " + jail.name, names),
                    JailPolicy.OnViolation.valueOf(graph.onViolation().name())));
        }
    }

    /**
     * Waits until every process is sealed, and only then hands the devices to the guest, which may run already. Starts those that are
     * not started yet.
     *
     * @return whether they are; not when {@link #abandon} was called before
     * @throws VmmException when a process cannot be started, has ended or does not answer
     */
    public boolean awaitReady() {
        try {
            if (!abandoned) {
                start();
            }
            for (Jail jail : jails.values()) {
                if (abandoned) {
                    return false;
                }
                jail.started().awaitDoor();
            }
            synchronized (this) {
                if (abandoned) {
                    return false;
                }
                sealed = true;
            }
        } catch (VmmException e) {
            if (abandoned) {
                return false;
            }
            throw e;
        }
        waiting.discard();
        jails.values().forEach(jail -> jail.members.forEach(Member::open));
        return true;
    }

    /** The machine ends: processes that are not all sealed yet are not waited for any more. Any thread. */
    public synchronized void abandon() {
        if (!sealed) {
            abandoned = true;
            jails.values().forEach(Jail::giveUp);
        }
    }

    /** A process, and who is in it. */
    private final class Jail {
        private final String name;
        private final List<Member> members = new ArrayList<>();
        private final List<Member> open = new ArrayList<>();
        private volatile @Nullable DeviceProcess process;
        private volatile @Nullable ProcessLog log;
        private boolean wanted;

        private Jail(String name) {
            this.name = name;
        }

        private void start(JailPolicy policy) {
            List<HandedDevice<?>> handed = members.stream()
                    .<HandedDevice<?>>map(member -> member.device)
                    .toList();
            List<Fd> descriptors = HandedDevice.descriptors(handed);
            JailLimits limits = limits(descriptors);
            WaitingJail begun = waiting.take(name, limits, members.size() + descriptors.size());
            ProcessLog words = begun == null ? new ProcessLog(name, loop) : new ProcessLog(name, begun.log(), loop);
            log = words;
            try {
                process = DeviceProcess.start(
                        new DeviceProgram(
                                name,
                                members.size(),
                                DeviceMain.class,
                                HandedDevice.arguments(VhostUserServer.Memory.SEALED, handed),
                                policy,
                                words.writer(),
                                descriptors,
                                limits),
                        begun);
            } catch (RuntimeException e) {
                if (begun != null) {
                    begun.close();
                }
                throw e;
            }
            if (abandoned) {
                giveUp(); // Whoever has abandoned it may have looked before it was there.
            }
            words.letGoOfWriter();
            members.forEach(member -> member.device.parts().close());
            open.addAll(members);
        }

        private void giveUp() {
            ProcessLog words = log;
            DeviceProcess started = process;
            if (words != null) {
                words.mute();
            }
            if (started != null) {
                started.jail().kill();
            }
        }

        private DeviceProcess started() {
            return Objects.requireNonNull(process, "start() comes first");
        }

        private JailLimits limits(List<Fd> handed) {
            members.forEach(member -> member.fileBytes =
                    JailLimits.of(member.device.parts().descriptors()).fileBytes());
            long later = members.stream()
                    .mapToLong(member -> member.device.module().writtenFileBytes())
                    .max()
                    .orElse(0);
            return JailLimits.of(handed)
                    .withFiles(later)
                    .withShared(graph.memoryBytes())
                    .withDescriptors(members.stream()
                            .mapToInt(member -> member.plan.heldDescriptors())
                            .sum())
                    .withDevices(
                            members.size(),
                            members.stream()
                                    .mapToInt(member -> member.plan.queues().size())
                                    .sum());
        }

        /** The limit is the process's: that of the device that may write furthest. */
        private synchronized void limitFiles(Member member, long bytes) {
            member.fileBytes = bytes;
            DeviceProcess started = process;
            if (started != null) {
                started.limitFiles(members.stream()
                        .mapToLong(some ->
                                Math.max(some.fileBytes, some.device.module().writtenFileBytes()))
                        .max()
                        .orElse(bytes));
            }
        }

        /** Of the last member only: the process ends when nobody is left. */
        private synchronized void leave(Member member) {
            open.remove(member);
            ProcessLog words = log;
            if (!wanted && words != null) {
                // Killed half-way, it and the programs that make its jail complain, each in its own words.
                words.mute();
            }
            DeviceProcess started = process;
            if (open.isEmpty() && started != null) {
                started.close();
                process = null;
            }
            if (open.isEmpty() && words != null) {
                words.close();
                log = null;
            }
        }
    }

    /** One device in a process. */
    private final class Member implements PendingBackend {
        private final Jail jail;
        private final int index;
        private final PciFunctionPlan plan;
        private final HandedDevice<?> device;
        private long fileBytes;
        private @Nullable AwaitedBackend plugged;

        private Member(Jail jail, int index, PciFunctionPlan plan, HandedDevice<?> device) {
            this.jail = jail;
            this.index = index;
            this.plan = plan;
            this.device = device;
        }

        /** The process is not waited for: {@link #awaitReady} does. */
        @Override
        public VirtioBackend connect(EventLoop on) {
            jail.wanted = true;
            plugged = new AwaitedBackend(remote());
            return plugged;
        }

        private RemoteDevice remote() {
            return RemoteDevice.of(
                    plan.type(),
                    plan.name(),
                    plan.queues().size(),
                    plan.queues().get(0).size(),
                    device.module().configSize());
        }

        private void open() {
            AwaitedBackend backend = plugged;
            if (backend != null) {
                backend.connected(jail.started().connect(index, remote(), loop, onDeath));
            }
        }

        @Override
        public void limitFiles(long bytes) {
            jail.limitFiles(this, bytes);
        }

        @Override
        public void close() {
            device.parts().close();
            jail.leave(this);
        }
    }
}
