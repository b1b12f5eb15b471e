package crosvm.runner.report;

import crosvm.schema.model.MemorySize;

/** Amounts of memory for people. */
final class Sizes {
    private Sizes() {}

    /** The shortest exact text: {@code 32KiB}. */
    static String text(long bytes) {
        return new MemorySize(bytes).toString();
    }
}
