package crosvm.runner.cli;

import crosvm.runner.report.ExitStatus;
import crosvm.runner.report.Output;
import crosvm.runner.serve.HandOver;
import crosvm.vmm.hosting.WaitingDevices;
import crosvm.vmm.linux.BareLog;
import crosvm.vmm.linux.OwnProcess;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Where a prepared process starts; {@link ServeCommand} starts it. It runs machines until Java is warm, waits for an order, and is then
 * what {@link Main} is.
 */
public final class PreparedMain {
    private PreparedMain() {}

    /**
     * The identity of the program, a folder for rehearsals, {@code true} to be told why orders are refused, and how many device
     * processes are to wait, too.
     */
    public static void main(String[] arguments) throws IOException {
        String identity = arguments[0];
        boolean debug = Boolean.parseBoolean(arguments[2]);
        HandOver.rehearse();
        Rehearsal.run(Path.of(arguments[1]));
        WaitingDevices devices = WaitingDevices.ofAnyKind(Integer.parseInt(arguments[3]));
        devices.awaitReady();
        System.gc(); // Now and not while a machine starts.
        HandOver handOver = HandOver.ofProcess(identity, debug ? PreparedMain::say : why -> {});
        HandOver.Taken taken = handOver.await();
        if (taken == null) {
            OwnProcess.end(0); // With which they end.
            return;
        }
        taken.caller().follow();
        Output output = Output.ofProcess();
        Streams streams = Streams.ofProcess(output.stream()).with(devices);
        Crosvm crosvm = new Crosvm(streams);
        ExitStatus status = crosvm.run(taken.order().words().toArray(new String[0]));
        ExitStatus end = output.finish(status, streams.err());
        int code = end == status ? crosvm.code(status) : end.code();
        taken.caller().end(code);
        Main.end(code);
    }

    private static void say(String why) {
        BareLog.of(PreparedMain.class).log(System.Logger.Level.WARNING, "an order is refused: " + why);
    }
}
