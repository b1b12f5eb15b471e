package crosvm.runner.readiness;

import crosvm.vmm.PrintableText;
import org.jspecify.annotations.Nullable;

/**
 * A message of sd_notify(3), as a guest sends it: assignments, one a line. Immutable.
 *
 * @param ready whether it says that the sender is
 * @param status what it says of its state, one line that any terminal can show, at most {@value #MAX_STATUS} characters; null when it
 *     says nothing of it
 */
record NotifyMessage(boolean ready, @Nullable String status) {
    private static final int MAX_STATUS = 200;

    static NotifyMessage of(String text) {
        boolean ready = false;
        String status = null;
        for (String line : text.split("\n")) {
            if (line.equals("READY=1")) {
                ready = true;
            } else if (line.startsWith("STATUS=")) {
                String said = PrintableText.line(line.substring("STATUS=".length()), " ")
                        .strip();
                status = said.length() > MAX_STATUS ? said.substring(0, MAX_STATUS) : said;
            }
        }
        return new NotifyMessage(ready, status);
    }
}
