package crosvm.schema.model;

/**
 * The virtio-balloon device, through which the host takes memory back while the machine runs.
 *
 * @param enabled whether the device is there
 * @param initial how much the balloon holds from the start; less than the machine's memory
 * @param deflateOnOom whether the guest may take pages back when it runs out of memory
 * @param freePageReporting whether the guest tells of free pages by itself
 */
@Shorthand("enabled")
public record BalloonSpec(
        @Doc(
                value = "Whether the machine has a memory balloon.",
                example = "false",
                defaultValue = "true",
                flag = "--balloon")
        boolean enabled,

        @Doc(
                value = "How much memory the balloon holds from the start; less than memory.",
                example = "128MiB",
                defaultValue = "0MiB",
                flag = "--balloon-initial")
        @PageSized
        MemorySize initial,

        @Doc(
                value = "Whether the guest may take pages back from the balloon when it runs out of memory.",
                example = "false",
                defaultValue = "true",
                flag = "--balloon-deflate-on-oom")
        boolean deflateOnOom,

        @Doc(
                value = "Whether the guest reports free pages by itself, so that the host gets them back at once.",
                example = "false",
                defaultValue = "true",
                flag = "--balloon-free-page-reporting")
        boolean freePageReporting)
        implements VmSpec.DeviceSpec {
    @Override
    public VmSpec.DeviceKind kind() {
        return VmSpec.DeviceKind.BALLOON;
    }

    @Override
    public boolean isPresent() {
        return enabled;
    }

    @Override
    public String policy() {
        return "balloon_device.policy";
    }
}
