package crosvm.vmm.graph;

/**
 * Something a spec may ask for and this version cannot do.
 *
 * @param what the field or device: {@code networks.net0}
 * @param instead what happens instead: {@code the guest has no such device}
 */
public record NotBuilt(String what, String instead) {}
