/** ACPI's fixed hardware: power management registers, PM timer, reset register. */
@NullMarked
package crosvm.vmm.device.acpi;

import org.jspecify.annotations.NullMarked;
