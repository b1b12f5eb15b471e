package crosvm.runner.cli;

import crosvm.runner.instance.InstanceState;
import crosvm.runner.instance.StateFolders;
import crosvm.runner.report.Durations;
import crosvm.runner.report.SpecDiff;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** What {@code up} says of a machine that is there already. */
final class AlreadyRunning {
    private AlreadyRunning() {}

    /** The same command once more, which then replaces the machine; quoted for a shell. */
    private static String recreate(List<String> words) {
        List<String> quoted = new ArrayList<>();
        for (String word : words) {
            quoted.add(word.matches("[A-Za-z0-9_@%+=:,./-]+") ? word : "'" + word.replace("'", "'\\''") + "'");
            if (word.equals(UpCommand.DETACH)) {
                quoted.add(UpCommand.RECREATE);
            }
        }
        return String.join(" ", quoted);
    }

    /** @return whether it is what was asked for */
    static boolean tell(InstanceState.Launch wanted, StateFolders folders, PrintStream err) {
        String name = wanted.name();
        InstanceState there = folders.of(name).read();
        if (there == null || !there.phaseNow().isAlive()) {
            err.println("crosvm: " + name + ": another crosvm is starting it right now; nothing changed");
            return false;
        }
        String word = there.phaseNow().word();
        String facts = name + ": is already running (" + (word.equals("running") ? "" : word + ", ") + "pid "
                + there.process().pid() + ", for "
                + Durations.text(Duration.between(there.started(), Instant.now())) + ")";
        if (there.launch().isOfSameSpec(wanted)) {
            err.println("crosvm: " + facts + "; nothing changed. Attach with: crosvm console " + name);
            return true;
        }
        err.println("crosvm: " + facts + ", with a different spec; nothing changed. Differences:");
        List<String> lines = SpecDiff.of(name, there.launch().fields(), wanted.fields());
        if (lines.isEmpty()) {
            lines = List.of("guest.cloudInit: variables that are filled in have other values");
        }
        lines.forEach(line -> err.println("  " + line));
        err.println(
                there.launch().background()
                        ? "To apply the changes: crosvm " + recreate(wanted.words())
                        : "To apply the changes: crosvm down " + name + ", then start it again");
        return false;
    }
}
