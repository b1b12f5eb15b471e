package crosvm.runner.report;

import crosvm.schema.problem.Problem;
import crosvm.schema.problem.SpecException;
import crosvm.seccomp.policy.PolicyException;
import crosvm.vmm.VmmException;
import crosvm.vmm.linux.TaskLimit;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/**
 * The one place where an exception becomes text and an exit status. What users can do something about is said in their
 * terms; anything else is our own mistake, told in one line, its stack trace kept for whoever mends it.
 */
public final class ErrorReport {
    /** What the JVM calls running into a limit on processes. */
    private static final String NO_THREAD = "unable to create native thread";

    private final PrintStream err;
    private final boolean debug;

    /**
     * @param err where the text goes
     * @param debug whether stack traces are shown ({@code CROSVM_DEBUG=1})
     */
    public ErrorReport(PrintStream err, boolean debug) {
        this.err = err;
        this.debug = debug;
    }

    /** Tells of a failure and says how the process should end. */
    public ExitStatus tell(Throwable failure) {
        if (failure instanceof SpecException spec) {
            for (Problem problem : spec.problems()) {
                err.println(problem.describe());
            }
            showTrace(failure);
            return ExitStatus.USAGE;
        }
        if (failure instanceof VmmException
                || failure instanceof PolicyException
                || failure instanceof FailedException) {
            err.println("crosvm: " + failure.getMessage());
            showTrace(failure);
            return ExitStatus.FAILED;
        }
        if (failure instanceof InvalidPathException path) {
            err.println("crosvm: \"" + path.getInput() + "\": file names cannot contain these characters here"
                    + " (" + path.getReason()
                    + "). If the name is right, set LC_ALL=C.UTF-8");
            showTrace(failure);
            return ExitStatus.FAILED;
        }
        tellBug(failure);
        return ExitStatus.FAILED;
    }

    private void showTrace(Throwable failure) {
        if (debug) {
            failure.printStackTrace(err);
        }
    }

    private void tellBug(Throwable failure) {
        if (failure instanceof OutOfMemoryError
                && String.valueOf(failure.getMessage()).contains(NO_THREAD)) {
            err.println("crosvm: cannot start another thread: "
                    + TaskLimit.exhausted().orElse("the host is out of memory or of processes"));
            showTrace(failure);
            return;
        }
        if (failure instanceof OutOfMemoryError) {
            err.println("crosvm: out of memory: " + failure.getMessage()
                    + ". Give crosvm itself more, for example CROSVM_JAVA_OPTS=-Xmx1g");
            showTrace(failure);
            return;
        }
        err.println("crosvm: internal error: " + failure);
        if (debug) {
            failure.printStackTrace(err);
            return;
        }
        StringWriter trace = new StringWriter();
        failure.printStackTrace(new PrintWriter(trace));
        try {
            Path file = Files.createTempFile("crosvm-crash-", ".txt");
            Files.writeString(file, trace.toString());
            err.println("crosvm: please report it with the stack trace in " + file);
        } catch (IOException e) {
            err.println("crosvm: CROSVM_DEBUG=1 shows the stack trace; please report it");
        }
    }
}
