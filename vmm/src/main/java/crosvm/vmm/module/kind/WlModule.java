package crosvm.vmm.module.kind;

import crosvm.schema.model.VmSpec.DeviceKind;
import crosvm.schema.model.WaylandSpec;
import crosvm.vmm.device.wl.ChannelHost;
import crosvm.vmm.device.wl.WlDevice;
import crosvm.vmm.device.wl.WlRehearsal;
import crosvm.vmm.graph.HostResource;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.UnixSocket;
import crosvm.vmm.module.Companion;
import crosvm.vmm.module.DeviceParts;
import crosvm.vmm.module.HostedModule;
import crosvm.vmm.module.PartsReader;
import crosvm.vmm.module.PartsWriter;
import crosvm.vmm.module.Rehearsal;
import crosvm.vmm.module.Rehearsal.Request;
import crosvm.vmm.virtio.DeviceType;
import crosvm.vmm.virtio.VirtioBackend;
import crosvm.vmm.virtio.host.ThreadBackend;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Wayland: a {@link WaylandService} in the main process connects and maps for the device, over a channel. */
public final class WlModule implements HostedModule<WaylandSpec, WlModule.Parts> {
    /**
     * What such a device is made of.
     *
     * @param channel leads to the companion
     * @param companion the service; null in a device process
     */
    public record Parts(Fd channel, @Nullable Companion companion) implements DeviceParts {
        @Override
        public void write(PartsWriter writer) {
            writer.descriptor(channel);
        }
    }

    @Override
    public DeviceKind kind() {
        return DeviceKind.WL;
    }

    @Override
    public String title() {
        return "Wayland";
    }

    @Override
    public DeviceType type() {
        return DeviceType.WAYLAND;
    }

    @Override
    public int virtioId(WaylandSpec spec) {
        return spec.deviceId();
    }

    @Override
    public List<String> queues(WaylandSpec spec) {
        return List.of("in", "out");
    }

    @Override
    public List<HostResource> host(WaylandSpec spec) {
        Path socket = Objects.requireNonNullElse(spec.socket(), Path.of(WaylandService.DEFAULT_SOCKET));
        String name = (socket.isAbsolute() ? "" : "$XDG_RUNTIME_DIR/") + socket;
        String group = spec.group() == null ? "" : " as group " + spec.group();
        return List.of(new HostResource(HostResource.Kind.SOCKET, name, "connect" + group));
    }

    @Override
    public List<String> handed(WaylandSpec spec) {
        return List.of("a channel to the main process, which connects to the compositor and maps memory");
    }

    @Override
    public int heldDescriptors() {
        return WlDevice.MAX_DESCRIPTORS;
    }

    @Override
    public String writes(WaylandSpec spec) {
        return "1GiB, the most that copies of the compositor's files take";
    }

    @Override
    public boolean sharesMemory() {
        return true;
    }

    /** Memory for copies of the compositor's files, of which the main process gives no more altogether. */
    @Override
    public long writtenFileBytes() {
        return 1L << 30;
    }

    @Override
    public Parts open(WaylandSpec spec) {
        String compositor = WaylandService.compositorOf(spec);
        List<UnixSocket> pair = UnixSocket.pair("wl channel");
        return new Parts(pair.get(1).fd(), new WaylandService(compositor, pair.get(0)));
    }

    @Override
    public Parts read(PartsReader reader) {
        return new Parts(reader.descriptor("wl"), null);
    }

    @Override
    public VirtioBackend make(Parts parts) {
        return new ThreadBackend(new WlDevice(new ChannelHost(parts.channel())));
    }

    @Override
    public List<Rehearsal> rehearsals() {
        List<Request> requests = new ArrayList<>();
        for (WlRehearsal.Step step : WlRehearsal.steps()) {
            boolean in = step.command().length == 0;
            requests.add(
                    new Request(step.queue(), in ? List.of() : List.of(step.command()), List.of(Rehearsal.MAX_PART)));
        }
        return List.of(new Rehearsal(new ThreadBackend(WlRehearsal.device()), requests));
    }
}
