/** Policies as classic BPF: the compiler, an interpreter that runs the result without a kernel, and what tests a rule both ways. */
@NullMarked
package crosvm.seccomp.filter;

import org.jspecify.annotations.NullMarked;
