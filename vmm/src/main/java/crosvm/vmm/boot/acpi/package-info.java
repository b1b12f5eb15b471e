/** ACPI 6.5: the tables that tell the guest its machine, and the small AML encoder the DSDT is written with. */
@NullMarked
package crosvm.vmm.boot.acpi;

import org.jspecify.annotations.NullMarked;
