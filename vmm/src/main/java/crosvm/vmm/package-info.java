/** The engine's root: only what every room needs: the one exception type, and numbers in bytes. */
@NullMarked
package crosvm.vmm;

import org.jspecify.annotations.NullMarked;
