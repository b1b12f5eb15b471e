package crosvm.runner.cli;

import crosvm.runner.report.ExitStatus;

/** Where the program starts. */
public final class Main {
    private Main() {}

    /** Runs one command and ends the process with its status. */
    public static void main(String[] arguments) {
        Streams streams = Streams.ofProcess();
        ExitStatus status = new Crosvm(streams).run(arguments);
        streams.out().flush();
        System.exit(status.code());
    }
}
