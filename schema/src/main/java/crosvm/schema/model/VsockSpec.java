package crosvm.schema.model;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import org.jspecify.annotations.Nullable;

/**
 * A virtio-vsock device, carried by vhost-vsock in the kernel.
 *
 * @param cid the guest's context id, 3 to 0xfffffffe (virtio 1.2 §5.10.4: 0 to 2 are taken, and 0xffffffff means any); null:
 *     one that no other machine of the host has, chosen at its start
 */
@Shorthand("cid")
public record VsockSpec(
        @Doc(
                value =
                        "The guest's context id: unique on the host, 3 or more; auto is one that is free when the machine starts (crosvm ps shows it).",
                example = "3",
                defaultValue = "auto",
                flag = "--cid",
                absentWord = "auto")
        @Nullable @Min(3) @Max(0xfffffffeL) Long cid)
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
