package crosvm.schema.model;

/**
 * The virtio-rng device, which gives the guest random bytes of the host.
 *
 * @param enabled whether the device is there
 */
@Shorthand("enabled")
public record RngSpec(
        @Doc(
                value = "Whether the machine has a source of random bytes.",
                example = "false",
                defaultValue = "true",
                flag = "--rng")
        boolean enabled)
        implements VmSpec.DeviceSpec {
    @Override
    public VmSpec.DeviceKind kind() {
        return VmSpec.DeviceKind.RNG;
    }

    @Override
    public boolean isPresent() {
        return enabled;
    }

    @Override
    public String policy() {
        return "rng_device.policy";
    }
}
