package crosvm.schema.model;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;

/**
 * A virtio-vsock device, carried by vhost-vsock in the kernel.
 *
 * @param cid the guest's context id; 0 to 2 are taken and 0xffffffff means any (virtio 1.2 §5.10.4)
 */
@Shorthand("cid")
public record VsockSpec(
        @Doc(value = "The guest's context id: unique on the host, 3 or more.", example = "3", flag = "--cid")
        @Min(3) @Max(0xfffffffeL) long cid)
        implements VmSpec.DeviceSpec {
    @Override
    public VmSpec.DeviceKind kind() {
        return VmSpec.DeviceKind.VSOCK;
    }

    @Override
    public String policy() {
        return "vhost_vsock_device.policy";
    }
}
