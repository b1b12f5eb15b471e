package com.sun.jna;

/**
 * In place of JNA's own class of this name. That one is a SecurityManager, for which Java 17 looks through all modules in each process that
 * starts, 10 ms of processor time; JNA loads it whether it needs it or not. It would need it to find out who calls it where there is no
 * StackWalker, as every Java from 9 on has.
 */
final class SecurityManagerExposer {
    SecurityManagerExposer() {}

    /** What the other gives: the classes of the methods that are being executed. Asked by nobody. */
    Class<?>[] getClassContext() {
        throw new UnsupportedOperationException("Java has StackWalker");
    }
}
