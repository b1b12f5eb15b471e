/** The engine's root: only what every room needs, which is the one exception type. */
@NullMarked
package crosvm.vmm;

import org.jspecify.annotations.NullMarked;
