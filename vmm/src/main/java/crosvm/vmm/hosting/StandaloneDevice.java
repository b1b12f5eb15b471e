package crosvm.vmm.hosting;

import crosvm.schema.model.VmSpec.DeviceSpec;
import crosvm.vmm.event.EventLoop;
import crosvm.vmm.jail.JailPolicy;
import crosvm.vmm.jail.JailedProcess;
import crosvm.vmm.jail.ProcessLog;
import crosvm.vmm.linux.PollSet;
import crosvm.vmm.linux.ProcessExit;
import crosvm.vmm.linux.UnixListener;
import crosvm.vmm.linux.UnixSocket;
import crosvm.vmm.module.DeviceParts;
import crosvm.vmm.module.HostedModule;
import crosvm.vmm.module.kind.DeviceModules;
import crosvm.vmm.virtio.host.VhostUserServer;
import crosvm.vmm.virtio.remote.DeviceProcess;
import crosvm.vmm.virtio.remote.DeviceProgram;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A device of ours in its jail without a machine: for a vhost-user front-end of somebody else's, such as QEMU. Whatever memory
 * that shares is taken, sealed or not. Used by one thread, which lives as long as the jail.
 */
public final class StandaloneDevice implements AutoCloseable {
    private static final int START_MILLISECONDS = 120_000;

    private final HandedDevice<?> device;
    private final String kind;
    private final JailPolicy policy;
    private final UnixListener listener;

    private StandaloneDevice(HandedDevice<?> device, JailPolicy policy, UnixListener listener) {
        this.device = device;
        this.kind = device.module().kind().word();
        this.policy = policy;
        this.listener = listener;
    }

    /**
     * Opens what the device needs of the host and listens.
     *
     * @param spec of a kind whose devices can run in jails of ours
     * @param policyDir a folder of policies instead of the built-in ones, or null
     * @throws crosvm.vmm.VmmException naming the file or socket and what is wrong with it
     */
    public static StandaloneDevice listen(DeviceSpec spec, Path socket, @Nullable Path policyDir) {
        return listen(DeviceModules.hosted(spec.kind()), spec, socket, policyDir);
    }

    private static <S extends DeviceSpec, P extends DeviceParts> StandaloneDevice listen(
            HostedModule<S, P> module, DeviceSpec spec, Path socket, @Nullable Path policyDir) {
        P parts = module.open(module.own(spec));
        try {
            JailPolicy policy = new JailPolicy(
                    JailPolicy.load(policyDir, spec.kind().word(), List.of(spec.policy())),
                    JailPolicy.OnViolation.KILL);
            return new StandaloneDevice(new HandedDevice<>(module, parts, null), policy, UnixListener.at(socket));
        } catch (RuntimeException e) {
            parts.close();
            throw e;
        }
    }

    /**
     * Waits for a front-end and serves it in a jail until it hangs up. The socket is gone as soon as it has come.
     *
     * @return null when all went well, else what became of the process
     */
    public @Nullable String serve() {
        try (EventLoop loop = new EventLoop("device");
                ProcessLog log = new ProcessLog(kind, loop);
                JailedProcess jail = start(log)) {
            jail.closeDoor(START_MILLISECONDS);
            loop.watch(jail.launcher().pidFd(), EventLoop.READABLE, events -> loop.stop());
            loop.run();
            ProcessExit status = jail.launcher().await(-1);
            String finding = jail.finding();
            if (finding == null && status != null && status.isSuccess()) {
                return null;
            }
            return "device process " + jail.launcher().pid() + " (" + kind + ") "
                    + (finding != null || status == null ? finding : JailedProcess.describe(status));
        }
    }

    private UnixSocket accept() {
        PollSet callers = PollSet.readable(listener.fd().number());
        while (true) {
            UnixSocket frontEnd = listener.accept();
            if (frontEnd != null) {
                listener.close();
                return frontEnd;
            }
            callers.await(-1);
        }
    }

    /** What the jail has been handed is its alone from here on, or a hang-up would never be one. */
    private JailedProcess start(ProcessLog log) {
        List<HandedDevice<?>> devices = List.of(device);
        try (UnixSocket frontEnd = accept()) {
            return jail(devices, frontEnd, log);
        } finally {
            log.letGoOfWriter();
            device.parts().close();
        }
    }

    private JailedProcess jail(List<HandedDevice<?>> devices, UnixSocket frontEnd, ProcessLog log) {
        return DeviceProcess.serve(
                new DeviceProgram(
                        kind,
                        devices.size(),
                        DeviceMain.class,
                        HandedDevice.arguments(VhostUserServer.Memory.ANY, devices),
                        policy,
                        log.writer(),
                        HandedDevice.descriptors(devices)),
                List.of(frontEnd));
    }

    @Override
    public void close() {
        listener.close();
        device.parts().close();
    }
}
