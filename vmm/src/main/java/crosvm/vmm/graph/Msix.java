package crosvm.vmm.graph;

/**
 * The MSI-X interrupts of a PCI function.
 *
 * @param vectors how many: one for each queue and one for configuration changes
 * @param firstGsi the GSI of the first vector; the others follow
 */
public record Msix(int vectors, int firstGsi) {}
