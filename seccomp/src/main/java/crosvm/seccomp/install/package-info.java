/** Hands filters to the kernel, and asks it what it can do. The only place in this module with JNA. */
@NullMarked
package crosvm.seccomp.install;

import org.jspecify.annotations.NullMarked;
