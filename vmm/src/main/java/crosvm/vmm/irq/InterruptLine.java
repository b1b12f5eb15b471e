package crosvm.vmm.irq;

/** A level-triggered interrupt wire into the interrupt controllers. Any thread may drive it. */
@FunctionalInterface
public interface InterruptLine {
    /** @param asserted the wire's level from now on */
    void set(boolean asserted);

    /** One edge: up and down again, for edge-triggered interrupts such as a UART's ISA line. */
    default void pulse() {
        set(true);
        set(false);
    }
}
