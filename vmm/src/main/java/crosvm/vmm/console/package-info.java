/** A port's console: what the guest writes on its way to terminal, files and readers, and their input on its way back. */
@NullMarked
package crosvm.vmm.console;

import org.jspecify.annotations.NullMarked;
