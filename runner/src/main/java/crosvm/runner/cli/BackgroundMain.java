package crosvm.runner.cli;

import crosvm.runner.instance.BackgroundProcess;
import crosvm.runner.report.ExitStatus;
import crosvm.runner.report.Output;

/** Where the process of a machine in the background starts; {@link crosvm.runner.instance.Launcher} starts it. */
public final class BackgroundMain {
    private BackgroundMain() {}

    /** Runs the machine that standard input describes, and ends the process with its status. */
    public static void main(String[] arguments) {
        Streams streams = Streams.ofProcess(Output.ofProcess().stream());
        ExitStatus status = BackgroundProcess.run(streams.in(), streams.out(), streams.err(), streams.environment());
        Main.end(status.code());
    }
}
