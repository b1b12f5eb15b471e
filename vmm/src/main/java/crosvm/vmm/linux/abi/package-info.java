/** Kernel struct layouts and ioctl numbers as data, with the C names. Pure Java. */
@NullMarked
package crosvm.vmm.linux.abi;

import org.jspecify.annotations.NullMarked;
