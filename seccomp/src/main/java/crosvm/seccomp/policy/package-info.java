/** Minijail policy text and what it says: rules for system calls as immutable values, or every problem with its place. */
@NullMarked
package crosvm.seccomp.policy;

import org.jspecify.annotations.NullMarked;
