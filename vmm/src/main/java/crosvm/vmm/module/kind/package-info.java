/** The kinds of devices, a class each, with what only one kind needs in the main process, and the list of them. */
@NullMarked
package crosvm.vmm.module.kind;

import org.jspecify.annotations.NullMarked;
