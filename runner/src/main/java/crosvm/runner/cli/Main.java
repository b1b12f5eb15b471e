package crosvm.runner.cli;

import crosvm.runner.report.ExitStatus;
import crosvm.runner.report.Output;

/** Where the program starts. */
public final class Main {
    private Main() {}

    /** Runs one command and ends the process with its status. */
    public static void main(String[] arguments) {
        Output output = Output.ofProcess();
        Streams streams = Streams.ofProcess(output.stream());
        Crosvm crosvm = new Crosvm(streams);
        ExitStatus status = crosvm.run(arguments);
        ExitStatus end = output.finish(status, streams.err());
        System.exit(end == status ? crosvm.code(status) : end.code());
    }
}
