package crosvm.vmm.module.kind;

import crosvm.schema.model.ShareSpec;
import crosvm.schema.model.VmSpec.DeviceKind;
import crosvm.vmm.graph.HostResource;
import crosvm.vmm.graph.PciFunctionPlan;
import crosvm.vmm.module.DeviceModule;
import crosvm.vmm.module.DeviceSite;
import crosvm.vmm.module.HostNeed;
import crosvm.vmm.module.PendingBackend;
import crosvm.vmm.virtio.DeviceType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Shared folders: each is a virtiofsd of its own, which makes its own jail. */
public final class FsModule implements DeviceModule<ShareSpec> {
    private static final String PROGRAM = "virtiofsd";

    @Override
    public DeviceKind kind() {
        return DeviceKind.FS;
    }

    @Override
    public String title() {
        return "shared folder";
    }

    @Override
    public DeviceType type() {
        return DeviceType.FS;
    }

    @Override
    public List<String> queues(ShareSpec share) {
        return List.of("hiprio", "request");
    }

    @Override
    public String program(ShareSpec share) {
        return PROGRAM;
    }

    @Override
    public List<HostResource> host(ShareSpec share) {
        return List.of(
                new HostResource(
                        HostResource.Kind.FOLDER, share.path().toString(), share.readOnly() ? "read" : "read, write"),
                new HostResource(HostResource.Kind.PROGRAM, program(share), "start"));
    }

    @Override
    public List<HostNeed> needs() {
        return List.of(HostNeed.program(PROGRAM, Virtiofsd.FOLDERS, "shares", Virtiofsd.PACKAGES));
    }

    /** The folder is looked at as the host's resource. */
    @Override
    public @Nullable String probe(ShareSpec share) {
        Virtiofsd.find(true);
        return null;
    }

    @Override
    public PendingBackend begin(ShareSpec share, PciFunctionPlan plan, DeviceSite site) {
        return SharedFolder.start(share, plan, site.loop(), site::died);
    }
}
