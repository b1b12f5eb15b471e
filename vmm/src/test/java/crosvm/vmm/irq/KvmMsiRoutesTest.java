package crosvm.vmm.irq;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.vmm.kvm.KvmVm.Route;
import java.util.List;
import org.junit.jupiter.api.Test;

class KvmMsiRoutesTest {
    private final List<Route> pins = KvmMsiRoutes.pins();

    @Test
    void wiresIsaInterruptsToPicAndIoApic() {
        assertThat(pins).contains(new Route.Pin(4, 0, 4), new Route.Pin(4, 2, 4));
        assertThat(pins).contains(new Route.Pin(8, 1, 0), new Route.Pin(8, 2, 8));
        assertThat(pins).contains(new Route.Pin(15, 1, 7), new Route.Pin(15, 2, 15));
    }

    @Test
    void wiresTheTimerToPinTwoOfTheIoApic() {
        assertThat(pins).contains(new Route.Pin(0, 0, 0), new Route.Pin(0, 2, 2));
        assertThat(pins).noneMatch(route -> route.gsi() == 2);
    }

    @Test
    void wiresPciInterruptsToTheIoApicOnly() {
        for (int gsi = 16; gsi < 24; gsi++) {
            int number = gsi;
            assertThat(pins).filteredOn(r -> r.gsi() == number).containsExactly(new Route.Pin(gsi, 2, gsi));
        }
        assertThat(pins).hasSize(15 + 15 + 8);
    }
}
