package crosvm.runner.cli;

import crosvm.runner.report.ExitStatus;
import crosvm.runner.report.Output;
import crosvm.vmm.linux.EndingSignals;
import crosvm.vmm.linux.OwnProcess;

/** Where the program starts. */
public final class Main {
    private Main() {}

    /** Runs one command and ends the process with its status. */
    public static void main(String[] arguments) {
        Prelude prelude = Prelude.begin(arguments);
        Output output = Output.ofProcess();
        Streams streams = Streams.ofProcess(output.stream());
        Crosvm crosvm = new Crosvm(streams, prelude);
        ExitStatus status = crosvm.run(arguments);
        ExitStatus end = output.finish(status, streams.err());
        end(end == status ? crosvm.code(status) : end.code());
    }

    /**
     * Ends the process, in which everything is closed. Not by System.exit: from Java 21 on that looks through all jars for a logger
     * to tell of it, which takes longer than to lint a file. But a signal's end is under way already and goes on.
     *
     * @param code the exit status
     */
    static void end(int code) {
        if (EndingSignals.received() == null) {
            OwnProcess.end(code);
        }
        System.exit(code);
    }
}
