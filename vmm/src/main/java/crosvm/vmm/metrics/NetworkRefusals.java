package crosvm.vmm.metrics;

/**
 * What a machine has been refused outside on a network with an allow-list, since it was connected.
 *
 * @param network its name in the file
 * @param packets that were dropped
 * @param names lookups that were refused, or whose answers were left out
 */
public record NetworkRefusals(String network, long packets, long names) {}
