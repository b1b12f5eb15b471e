package crosvm.schema.model;

/** Whether the rings of a network device are handed to vhost-net in the kernel. */
public enum VhostMode {
    /** When /dev/vhost-net is there. */
    AUTO,
    /** Always; it is an error when it is not there. */
    ON,
    /** Never. */
    OFF
}
