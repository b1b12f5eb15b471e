/** The guest that comes with crosvm: a few routines that greet, look at the machine and switch it off. */
@NullMarked
package crosvm.vmm.boot.hello;

import org.jspecify.annotations.NullMarked;
