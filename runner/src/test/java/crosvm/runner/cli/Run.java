package crosvm.runner.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * A run of the program inside the test.
 *
 * @param status the exit status
 * @param out standard output
 * @param err standard error
 */
record Run(int status, String out, String err) {
    /** Runs a command with nothing on standard input and no environment. */
    static Run of(String... arguments) {
        return withInput("", arguments);
    }

    /** Runs a command with this text on standard input and no environment. */
    static Run withInput(String input, String... arguments) {
        return run(input, Map.of(), arguments);
    }

    /** Runs a command with nothing on standard input and these environment variables. */
    static Run with(Map<String, String> environment, String... arguments) {
        return run("", environment, arguments);
    }

    private static Run run(String input, Map<String, String> environment, String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Streams streams = new Streams(
                new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                environment);
        Crosvm crosvm = new Crosvm(streams);
        int status = crosvm.code(crosvm.run(arguments));
        return new Run(status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }
}
