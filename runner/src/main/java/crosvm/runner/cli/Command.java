package crosvm.runner.cli;

import crosvm.runner.instance.InstanceState;
import crosvm.runner.report.ExitStatus;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/**
 * One command. Made anew for each run of the program, used by one thread.
 */
interface Command {
    /** The word after {@code crosvm}. */
    String name();

    /** The words behind {@code crosvm}, as picocli is to see them. */
    default List<String> arguments(List<String> given) {
        return given;
    }

    /** Adds arguments and help to the command's empty description. */
    void describe(CommandSpec spec);

    /** The flags for fields of the spec, for a command that has them; they are described behind the rest, of a run only those given. */
    default @Nullable SpecFlags flags() {
        return null;
    }

    /** Does it. What goes wrong is thrown; {@link crosvm.runner.report.ErrorReport} turns it into text and status. */
    ExitStatus run(ParseResult arguments, Streams streams);

    /** Whether a machine is one that the command can be for, as an argument; for completion. */
    default boolean isFor(InstanceState machine) {
        return machine.isAlive();
    }

    /** What the process returns when {@link #run} has ended so; a command that ran in a guest says it itself, 0 to 255. */
    default int code(ExitStatus ended) {
        return ended.code();
    }

    /** The status when the host or crosvm itself fails. */
    default ExitStatus whenItFails() {
        return ExitStatus.FAILED;
    }
}
