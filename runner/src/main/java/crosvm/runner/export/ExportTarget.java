package crosvm.runner.export;

/** An engine that runs services, and the text that it takes. Stateless; any thread. */
public interface ExportTarget {
    /** The word for it on the command line. */
    String word();

    /** Whether the texts of several machines can stand one after the other. */
    default boolean takesSeveral() {
        return false;
    }

    /**
     * The machine as this engine's text, ending with a line feed. Pure: looks at nothing of the host.
     *
     * @throws crosvm.schema.problem.SpecException with everything in the spec that cannot go there
     */
    String describe(ExportedMachine machine);
}
