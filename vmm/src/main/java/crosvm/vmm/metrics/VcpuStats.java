package crosvm.vmm.metrics;

import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a vCPU has done since the machine's start.
 *
 * @param id from 0
 * @param exits how often it came to user space, by KVM's name of the reason in lower case; reasons that never came are not
 *     there
 */
public record VcpuStats(int id, SortedMap<String, Long> exits) {
    /** Copies the map. */
    public VcpuStats {
        exits = new TreeMap<>(exits);
    }
}
