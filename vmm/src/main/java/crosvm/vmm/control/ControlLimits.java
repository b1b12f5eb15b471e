package crosvm.vmm.control;

/**
 * What clients of a control socket may take.
 *
 * @param requestBytes the longest request, without its line feed
 * @param clients connected at once
 * @param timeoutMilliseconds how long the rest of a request, or the reading of an answer, is waited for, in milliseconds
 */
record ControlLimits(int requestBytes, int clients, long timeoutMilliseconds) {
    static final ControlLimits STANDARD = new ControlLimits(64 << 10, 256, 10_000);
}
