package crosvm.schema.model;

/** The kinds of plain values a spec has. */
public enum ScalarKind {
    /** Free text. */
    TEXT,
    /** A whole number. */
    INTEGER,
    /** {@code true} or {@code false}. */
    BOOLEAN,
    /** A {@link MemorySize}. */
    SIZE,
    /** A path, relative to the file it is written in. */
    PATH,
    /** One of the words of a Java enum, in lower case with hyphens. */
    WORD,
    /** A {@link MacAddress}. */
    MAC,
    /** An {@link Ipv4Address}. */
    IPV4,
    /** A {@link TimeSpan}. */
    TIME,
    /** A {@link PortForward}. */
    FORWARD,
    /** {@link Cores}. */
    CORES,
    /** A {@link DiskWrites}: a word, or a path like {@link #PATH}. */
    WRITES
}
