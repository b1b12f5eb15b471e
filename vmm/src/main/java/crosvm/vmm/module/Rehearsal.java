package crosvm.vmm.module;

import crosvm.vmm.virtio.VirtioBackend;
import java.util.List;

/**
 * A device that a device process goes through before its door closes.
 *
 * @param device closed by whoever rehearses
 * @param requests made in order, each waited for
 */
public record Rehearsal(VirtioBackend device, List<Request> requests) {
    /** Bytes of one part of a request, at most. */
    public static final int MAX_PART = 4096;

    /**
     * One request of a rehearsing driver, at most {@value #MAX_PART} bytes a part.
     *
     * @param queue on which it is made
     * @param out what the device reads, one descriptor each
     * @param in sizes of what it may write, one descriptor each
     */
    public record Request(int queue, List<byte[]> out, List<Integer> in) {}
}
