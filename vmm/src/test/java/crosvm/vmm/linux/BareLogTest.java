package crosvm.vmm.linux;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.vmm.LoggedLines;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import org.junit.jupiter.api.Test;

class BareLogTest {
    private static final Logger LOG = BareLog.of(BareLogTest.class);

    @Test
    void tellsListenersOfWhatIsLoggedUntilTheyAreClosed() {
        LoggedLines closed = new LoggedLines(BareLogTest.class.getName());
        try (LoggedLines said = new LoggedLines("crosvm.vmm.linux")) {
            LOG.log(Level.WARNING, "one: {0}");
            closed.close();
            LOG.log(Level.ERROR, "two", new IllegalStateException("why"));
            assertThat(said.lines).containsExactly("one: {0}", "two");
            assertThat(closed.lines).containsExactly("one: {0}");
        }
    }

    @Test
    void leavesOutWhatIsForDevelopers() {
        try (LoggedLines said = new LoggedLines("crosvm.vmm.linux")) {
            LOG.log(Level.DEBUG, "detail");
            LOG.log(Level.OFF, "nothing");
            LOG.log(Level.INFO, "news");
            assertThat(said.lines).containsExactly("news");
        }
    }
}
