/** The only room that imports JNA: calls into libc, and nothing else. */
@NullMarked
package crosvm.vmm.linux.jna;

import org.jspecify.annotations.NullMarked;
