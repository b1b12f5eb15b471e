package crosvm.vmm.module.kind;

import crosvm.schema.model.WaylandSpec;
import crosvm.vmm.device.wl.ChannelHost;
import crosvm.vmm.device.wl.WlDevice;
import crosvm.vmm.device.wl.WlRehearsal;
import crosvm.vmm.graph.PciFunction;
import crosvm.vmm.module.DeviceParts;
import crosvm.vmm.module.DeviceRecipe;
import crosvm.vmm.virtio.VirtioBackend;
import crosvm.vmm.virtio.host.ThreadBackend;
import java.util.ArrayList;
import java.util.List;

/** Wayland: the descriptor is the channel to the {@link WaylandService} that connects and maps for the device. */
public final class WlRecipe implements DeviceRecipe {
    @Override
    public DeviceParts open(PciFunction plan) {
        return WaylandService.open((WaylandSpec) plan.spec());
    }

    /** Memory for copies of the compositor's files, of which the main process gives no more altogether. */
    @Override
    public long writtenFileBytes() {
        return 1L << 30;
    }

    @Override
    public VirtioBackend make(DeviceParts parts) {
        return new ThreadBackend(
                new WlDevice(new ChannelHost(parts.descriptors().get(0))));
    }

    @Override
    public int configSize(PciFunction plan) {
        return 0;
    }

    @Override
    public Rehearsal rehearse() {
        List<Request> requests = new ArrayList<>();
        for (WlRehearsal.Step step : WlRehearsal.steps()) {
            boolean in = step.command().length == 0;
            requests.add(new Request(step.queue(), in ? List.of() : List.of(step.command()), List.of(MAX_PART)));
        }
        return new Rehearsal(new ThreadBackend(WlRehearsal.device()), requests);
    }
}
