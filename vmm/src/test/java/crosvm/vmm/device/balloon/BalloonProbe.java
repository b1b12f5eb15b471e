package crosvm.vmm.device.balloon;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.memory.MemoryLayout;

/** A balloon that gives nothing back, for tests that compare the guest's memory before and after. */
public final class BalloonProbe {
    private BalloonProbe() {}

    public static BalloonDevice device() {
        return new BalloonDevice(Integer.MAX_VALUE, true, true, BalloonProbe::check, 1);
    }

    private static int check(GuestMemory memory, long address, long length) {
        assertThat(address % MemoryLayout.PAGE).isZero();
        assertThat(length % MemoryLayout.PAGE).isZero();
        assertThat(length).isPositive();
        assertThat(memory.contains(address, length)).isTrue();
        return 0;
    }
}
