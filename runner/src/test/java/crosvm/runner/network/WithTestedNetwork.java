package crosvm.runner.network;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import crosvm.vmm.jail.JailedProcess;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Tests on a network between machines, with namespaces in their place. For root. */
abstract class WithTestedNetwork {
    @TempDir
    Path folder;

    TestedNetwork network = new TestedNetwork(Path.of(""));

    @BeforeEach
    void needsRoot() {
        network = new TestedNetwork(folder);
        assumeTrue(JailedProcess.isRoot(), "only root makes a network namespace without a user namespace");
    }
}
