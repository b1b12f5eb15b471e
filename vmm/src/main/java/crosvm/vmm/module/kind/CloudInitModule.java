package crosvm.vmm.module.kind;

import crosvm.schema.model.CloudInitSpec;
import crosvm.schema.model.NamedPath;
import crosvm.schema.model.VmSpec.DeviceKind;
import crosvm.vmm.graph.HostResource;
import crosvm.vmm.metrics.Traffic;
import crosvm.vmm.module.HostedModule;
import crosvm.vmm.module.PartsReader;
import crosvm.vmm.module.Rehearsal;
import crosvm.vmm.storage.SeedImage;
import crosvm.vmm.virtio.DeviceType;
import crosvm.vmm.virtio.VirtioBackend;
import java.util.ArrayList;
import java.util.List;

/** The seed of cloud-init: a read-only disk like any other, but made in memory from what the spec says. */
public final class CloudInitModule implements HostedModule<CloudInitSpec, BlkModule.Parts> {
    private final BlkModule disks = new BlkModule();

    @Override
    public DeviceKind kind() {
        return DeviceKind.CLOUD_INIT;
    }

    @Override
    public String title() {
        return "cloud-init seed";
    }

    @Override
    public DeviceType type() {
        return DeviceType.BLOCK;
    }

    @Override
    public List<String> queues(CloudInitSpec spec) {
        return List.of("requestq");
    }

    @Override
    public List<HostResource> host(CloudInitSpec spec) {
        List<HostResource> host = new ArrayList<>();
        for (NamedPath named : spec.paths()) {
            host.add(new HostResource(HostResource.Kind.FILE, named.path().toString(), "read"));
        }
        return host;
    }

    @Override
    public List<String> handed(CloudInitSpec spec) {
        return List.of("memory with the seed, to read, sealed");
    }

    @Override
    public Traffic traffic() {
        return Traffic.DISK;
    }

    @Override
    public String probe(CloudInitSpec spec) {
        List<String> found = new ArrayList<>();
        SeedImage.files(spec).forEach((name, bytes) -> found.add(name + ": " + bytes.length + " bytes"));
        return String.join(", ", found);
    }

    @Override
    public BlkModule.Parts open(CloudInitSpec spec) {
        return new BlkModule.Parts(spec.id(), true, SeedImage.make(spec));
    }

    @Override
    public BlkModule.Parts read(PartsReader reader) {
        return disks.read(reader);
    }

    @Override
    public VirtioBackend make(BlkModule.Parts parts) {
        return disks.make(parts);
    }

    @Override
    public int configSize() {
        return disks.configSize();
    }

    /** Those of a disk. */
    @Override
    public List<Rehearsal> rehearsals() {
        return disks.rehearsals();
    }
}
