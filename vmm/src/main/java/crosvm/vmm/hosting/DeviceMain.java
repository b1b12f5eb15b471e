package crosvm.vmm.hosting;

import crosvm.schema.model.VmSpec.DeviceKind;
import crosvm.vmm.jail.JailDoor;
import crosvm.vmm.jail.JailProgram;
import crosvm.vmm.linux.BareLog;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.UnixSocket;
import crosvm.vmm.metrics.DeviceCounters;
import crosvm.vmm.module.HostedModule;
import crosvm.vmm.module.Rehearsal;
import crosvm.vmm.module.kind.DeviceModules;
import crosvm.vmm.vhostuser.Connection;
import crosvm.vmm.vhostuser.VhostUserException;
import crosvm.vmm.virtio.VirtioBackend;
import crosvm.vmm.virtio.host.ThreadBackend;
import crosvm.vmm.virtio.host.VhostUserServer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CountDownLatch;

/**
 * The program of a device process: makes devices of the descriptors it was handed, warms up, closes the jail's door, and
 * serves the vhost-user sockets until all front-ends have hung up. {@link HandedDevice} makes its arguments.
 */
public final class DeviceMain {
    /** Not 1, which stands for a killed process ({@link crosvm.vmm.jail.JailedProcess#describe}). */
    private static final int FAILED = 3;

    /**
     * The first argument of a process that is told later what it is to be; behind it kinds of devices to rehearse until then, each with
     * a word that says nothing.
     */
    static final String WAITING = "waiting";

    private DeviceMain() {}

    /**
     * Status 0 when the front-ends have hung up or have had to be left, {@value #FAILED} when anything of ours went wrong. The process is
     * left at once: an orderly exit runs hooks on threads of their own, and the jail lets no thread be made.
     */
    public static void main(String[] arguments) {
        int status = FAILED;
        try {
            BareLog.prepare();
            run(List.of(arguments).iterator());
            status = 0;
        } catch (Throwable e) {
            // The cause first: whoever reads the log cuts a line that is too long.
            BareLog.tell(e + "; the arguments were: " + String.join(" ", arguments));
        } finally {
            JailDoor.leave(status);
        }
    }

    /** Goes through a whole session with each kind of device, as a device process does before its door closes: for archives. */
    public static void rehearse() {
        BareLog.prepare();
        ClassFolders.load();
        for (HostedModule<?, ?> module : DeviceModules.hosted()) {
            rehearse(DeviceModules.hosted(kind(module.kind().word())), new LinkedHashSet<>());
            module.rehearsals().forEach(DeviceMain::count);
        }
    }

    /** What a process has besides: counters for its device. */
    private static void count(Rehearsal rehearsal) {
        try (VirtioBackend device = rehearsal.device();
                DeviceCounters own = DeviceCounters.create("rehearsal", device.queueCount())) {
            DeviceCounters counters = DeviceCounters.of(own.fd().duplicate(), device.queueCount());
            if (device instanceof ThreadBackend threads) {
                threads.countIn(counters);
            }
        }
    }

    private static DeviceKind kind(String word) {
        return Objects.requireNonNull(DeviceKind.of(word), "a kind of device");
    }

    private static void run(Iterator<String> words) {
        ClassFolders.load();
        Set<HostedModule<?, ?>> rehearsed = new LinkedHashSet<>();
        String first = words.next();
        JailDoor door = null;
        if (first.equals(WAITING)) {
            while (words.hasNext()) {
                rehearse(DeviceModules.hosted(kind(words.next())), rehearsed);
                words.next();
            }
            door = JailDoor.prepareLater();
            words = door.await().iterator();
            first = words.next();
        }
        VhostUserServer.Memory memory = VhostUserServer.Memory.valueOf(first);
        List<HandedDevice<?>> devices = HandedDevice.read(words);
        if (door == null) {
            door = JailDoor.prepare();
        }
        for (HandedDevice<?> device : devices) {
            rehearse(device.module(), rehearsed);
        }
        serve(devices, memory, door);
    }

    private static void rehearse(HostedModule<?, ?> module, Set<HostedModule<?, ?>> rehearsed) {
        if (rehearsed.add(module)) {
            DeviceWarmUp.run(module);
        }
    }

    private static void serve(List<HandedDevice<?>> devices, VhostUserServer.Memory memory, JailDoor door) {
        CountDownLatch closed = new CountDownLatch(1);
        List<Thread> others = new ArrayList<>();
        Service mine = service(devices.get(0), JailProgram.FIRST_DESCRIPTOR, memory);
        for (int i = 1; i < devices.size(); i++) {
            Service service = service(devices.get(i), JailProgram.FIRST_DESCRIPTOR + i, memory);
            others.add(
                    serveAfter(closed, service, devices.get(i).module().kind().word()));
        }
        door.close();
        closed.countDown();
        mine.serve();
        others.forEach(DeviceMain::join);
    }

    /** Everything that takes a thread or a class is done before this returns. */
    private static Service service(HandedDevice<?> device, int socket, VhostUserServer.Memory memory) {
        Connection connection = new Connection(UnixSocket.owning(Fd.owning(socket, "vhost-user")));
        VirtioBackend backend = device.make();
        VhostUserServer server = new VhostUserServer(backend, connection, memory);
        if (backend instanceof ThreadBackend threads) {
            if (device.counters() != null) {
                threads.countIn(DeviceCounters.of(device.counters(), backend.queueCount()));
            }
            threads.startWorkers();
        }
        return new Service(backend, server);
    }

    /** A session with one front-end. No lambda: nothing is linked for the first time behind the door. */
    private record Service(VirtioBackend backend, VhostUserServer server) {
        void serve() {
            try (server) {
                server.serve();
            } catch (VhostUserException e) {
                BareLog.tell(backend.name() + ": " + e.getMessage());
            }
        }
    }

    private static Thread serveAfter(CountDownLatch closed, Service service, String name) {
        Thread thread = new Thread(
                () -> {
                    try {
                        closed.await();
                        service.serve();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                },
                "serve " + name);
        thread.start();
        return thread;
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
