package crosvm.schema.model;

/** What a disk image's file looks like. The spec says it, and the file is not asked: a guest can write whatever it likes into a raw image. */
public enum DiskFormat {
    /** The disk's bytes and nothing else; also a block device. */
    RAW,
    /** QEMU's. */
    QCOW2,
    /** VMware's, in one file. */
    VMDK,
    /** Hyper-V's. */
    VHDX,
    /** VirtualBox's. */
    VDI
}
