package crosvm.schema.model;

/** Where a serial or console port leads. */
public enum PortTarget {
    /** To the terminal crosvm runs on, both ways. */
    TERMINAL,
    /** Into a file; nothing comes back. */
    FILE,
    /** To a listening Unix stream socket, both ways. */
    SOCKET,
    /** Nowhere. */
    NONE
}
