package crosvm.runner.convert;

/** A tool whose descriptions of machines can be read. Stateless; any thread. */
interface ConvertSource {
    /** The word for it on the command line. */
    String word();

    /** Its name, for people. */
    String tool();

    /** The form of its files. */
    Form form();

    /** Whether a file looks like one of this tool's. */
    boolean recognises(Node root);

    /**
     * Carries over what has a counterpart; whatever of the root has not been asked for afterwards is told as left behind.
     *
     * @throws IllegalArgumentException when it describes no machine, with a message for the user
     */
    void convert(Node root, Conversion to);

    /** What a file is made of. */
    enum Form {
        /** YAML, or JSON, which is YAML. */
        YAML,
        /** XML. */
        XML,
        /** A command line, in a script. */
        COMMAND
    }
}
