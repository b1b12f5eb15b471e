/**
 * The engine's root: only what every room needs: the one exception type, numbers in bytes, and how a message shows a failure or
 * text from elsewhere.
 */
@NullMarked
package crosvm.vmm;

import org.jspecify.annotations.NullMarked;
