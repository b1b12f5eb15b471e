package crosvm.runner.remote;

import java.nio.file.Path;

/**
 * A file that another host needs.
 *
 * @param path absolute and normal, on the host that it comes from
 * @param bytes its length
 * @param digest SHA-256 of its contents, in small hex letters
 * @param written whether a machine writes to it: then it is the machine's own from its first start on, and is not sent again
 */
public record CarriedFile(Path path, long bytes, String digest, boolean written) {}
