/** A small compiler from routines written in Java to x86-64 code, so that the built-in guest needs no native toolchain. */
@NullMarked
package crosvm.vmm.boot.hello.compiler;

import org.jspecify.annotations.NullMarked;
