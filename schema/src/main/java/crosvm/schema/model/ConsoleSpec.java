package crosvm.schema.model;

/**
 * The machine's serial ports and its virtio console.
 *
 * @param com1 the first serial port, where the kernel's messages go
 * @param com2 the second serial port
 * @param com3 the third serial port
 * @param com4 the fourth serial port
 * @param hvc0 the virtio console; {@link PortTarget#NONE} leaves the device out
 */
public record ConsoleSpec(
        @Doc(
                value = "Where the first serial port (ttyS0) leads.",
                example = "{to: file, path: console.log}",
                defaultValue = "terminal",
                flag = "--com1")
        PortSpec com1,

        @Doc(value = "Where ttyS1 leads.", example = "terminal", defaultValue = "none", flag = "--com2")
        PortSpec com2,

        @Doc(value = "Where ttyS2 leads.", example = "terminal", defaultValue = "none", flag = "--com3")
        PortSpec com3,

        @Doc(value = "Where ttyS3 leads.", example = "terminal", defaultValue = "none", flag = "--com4")
        PortSpec com4,

        @Doc(
                value = "Where the virtio console (hvc0) leads; none leaves the device out.",
                example = "{to: socket, path: hvc0.sock}",
                defaultValue = "none",
                flag = "--hvc0")
        PortSpec hvc0)
        implements VmSpec.DeviceSpec {
    @Override
    public VmSpec.DeviceKind kind() {
        return VmSpec.DeviceKind.CONSOLE;
    }

    /** The virtio console; serial ports are no virtio devices. */
    @Override
    public boolean isPresent() {
        return hvc0.to() != PortTarget.NONE;
    }

    @Override
    public String policy() {
        return "";
    }
}
