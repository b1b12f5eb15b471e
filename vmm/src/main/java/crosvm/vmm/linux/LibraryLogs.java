package crosvm.vmm.linux;

import java.io.IOException;
import java.util.logging.LogManager;

/**
 * What libraries log through java.util.logging, such as Hibernate Validator: nothing is configured and nothing written, for
 * what goes wrong in them is thrown, too. Named by the launcher's {@code -Djava.util.logging.manager}. The usual one reads the
 * JDK's file of settings and then looks through every jar of the class path for another logging system.
 */
public final class LibraryLogs extends LogManager {
    /** Made by java.util.logging. */
    public LibraryLogs() {}

    /** @throws IOException always, whereupon LogManager neither configures anything nor looks for what could be told of that */
    @Override
    public void readConfiguration() throws IOException {
        throw new IOException("there are no settings");
    }
}
