package crosvm.vmm.virtio.pci;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.vmm.jail.JailableClassPath;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a device process can do within its policy costs the guest this device at most, and the main process nothing. */
@Timeout(180)
@ExtendWith(JailableClassPath.class)
class HijackedDeviceJailIT {
    private static final long SECONDS = 12;

    @Test
    void neverHoldsUpTheMainLoopNorTheEndOfTheMachine() throws Exception {
        assertThat(new HijackSoak(18).run(SECONDS * 1_000_000_000L)).contains(" machines, ");
    }
}
