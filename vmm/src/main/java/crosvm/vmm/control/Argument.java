package crosvm.vmm.control;

/**
 * An argument that an {@link Operation} takes.
 *
 * @param name its name in a request
 * @param help for people: what it means, its unit and range, and what holds without it
 */
public record Argument(String name, String help) {}
