package crosvm.schema.model;

import java.nio.file.Path;

/**
 * A path of the host that a part of the spec names.
 *
 * @param field the field of that part, {@code path}
 * @param path absolute, or a bare name where the field says so
 * @param access what is done with it
 */
public record NamedPath(String field, Path path, Access access) {
    /** What a machine does with a path. */
    public enum Access {
        /** Reads the file. */
        READ,
        /** Reads and writes the file, or appends to it. */
        WRITE,
        /** Makes a socket there and listens. */
        LISTEN,
        /** Connects to the socket. */
        CONNECT,
        /** Reads what is in the folder. */
        READ_FOLDER,
        /** Reads what is in the folder, and changes it. */
        WRITE_FOLDER;

        /** Whether it is done with a folder. */
        public boolean isOfFolder() {
            return this == READ_FOLDER || this == WRITE_FOLDER;
        }

        /** Whether nothing is changed. */
        public boolean isReading() {
            return this == READ || this == READ_FOLDER;
        }
    }
}
