package crosvm.vmm;

import crosvm.vmm.linux.BareLog;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Keeps what classes log, on any thread, until it is closed. */
public final class LoggedLines implements AutoCloseable {
    public final List<String> lines = new CopyOnWriteArrayList<>();
    private final BareLog.Listening listening;

    /** @param speakers a class, or a package for all in it and below */
    public LoggedLines(String speakers) {
        listening = BareLog.listen((name, text) -> {
            if (name.equals(speakers) || name.startsWith(speakers + ".")) {
                lines.add(text);
            }
        });
    }

    @Override
    public void close() {
        listening.close();
    }
}
