/** The running machine: built from a device graph, owning every descriptor, mapping and thread. */
@NullMarked
package crosvm.vmm.machine;

import org.jspecify.annotations.NullMarked;
