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
        ExitStatus status = new Crosvm(streams).run(arguments);
        System.exit(output.finish(status, streams.err()).code());
    }
}
