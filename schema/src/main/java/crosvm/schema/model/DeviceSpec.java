package crosvm.schema.model;

/** A part of the spec that becomes a virtio device. */
public sealed interface DeviceSpec
        permits BalloonSpec, ConsoleSpec, DiskSpec, NetworkSpec, RngSpec, ShareSpec, VsockSpec, WaylandSpec {
    /** The short name of the device type, as in {@code sandbox.devices} and in the names of policy files. */
    String kind();
}
