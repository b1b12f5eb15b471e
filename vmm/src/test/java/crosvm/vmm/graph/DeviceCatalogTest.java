package crosvm.vmm.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.schema.model.DeviceSpec;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class DeviceCatalogTest {
    /** Every record of the sealed interface: a device added to the spec and forgotten here is named. */
    @Test
    void hasOneEntryForEachKindOfDeviceInTheSpec() {
        assertThat(Arrays.stream(DeviceSpec.class.getPermittedSubclasses()).map(Class::getSimpleName))
                .containsExactlyInAnyOrder(
                        "BalloonSpec",
                        "ConsoleSpec",
                        "DiskSpec",
                        "NetworkSpec",
                        "RngSpec",
                        "ShareSpec",
                        "VsockSpec",
                        "WaylandSpec");
        assertThat(DeviceCatalog.entries())
                .extracting(CatalogEntry::kind)
                .containsExactlyInAnyOrder("balloon", "console", "blk", "net", "rng", "fs", "vsock", "wl");
    }

    @Test
    void prefersAPlaceThatIsAllowed() {
        assertThat(DeviceCatalog.entries())
                .allSatisfy(entry -> assertThat(entry.allowed()).contains(entry.preferred()));
    }

    @Test
    void knowsNoKindThatIsNotThere() {
        assertThatThrownBy(() -> DeviceCatalog.of("floppy")).isInstanceOf(IllegalArgumentException.class);
    }
}
