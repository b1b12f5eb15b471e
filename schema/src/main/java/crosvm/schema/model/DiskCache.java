package crosvm.schema.model;

/** Whether a disk's bytes are kept in the host's page cache, too. */
public enum DiskCache {
    /** Reads and writes go through it. */
    HOST,
    /** Past it: direct I/O (O_DIRECT of open(2)). */
    NONE
}
