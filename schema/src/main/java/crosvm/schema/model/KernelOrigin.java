package crosvm.schema.model;

/** Where in the machine a kernel is that no file of the host is. */
public enum KernelOrigin {
    /** What the root disk's own boot loader would boot. */
    ROOT
}
