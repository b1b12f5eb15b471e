/** Interrupt lines and message-signalled interrupts on their way into KVM. */
@NullMarked
package crosvm.vmm.irq;

import org.jspecify.annotations.NullMarked;
