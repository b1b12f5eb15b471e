package crosvm.schema.load;

/** Everything between fields that keeps a spec from running. */
final class SpecChecks {
    private SpecChecks() {}

    static void check(Draft draft) {
        KernelChecks.check(draft);
    }
}
