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
        implements DeviceSpec {
    @Override
    public String kind() {
        return "rng";
    }
}
