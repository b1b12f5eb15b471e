package crosvm.vmm.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.schema.model.DeviceKind;
import crosvm.schema.model.Placement;
import java.util.EnumSet;
import org.junit.jupiter.api.Test;

class DeviceCatalogTest {
    @Test
    void hasOneEntryForEachKindOfDeviceInTheSpec() {
        assertThat(DeviceCatalog.entries())
                .extracting(CatalogEntry::kind)
                .containsExactlyInAnyOrderElementsOf(DeviceKind.words());
    }

    @Test
    void namesAPolicyFileForEveryDeviceThatCanRunInAJailOfOurs() {
        assertThat(DeviceCatalog.entries())
                .filteredOn(entry -> entry.allowed().equals(EnumSet.allOf(Placement.class)))
                .allSatisfy(entry -> assertThat(entry.policy()).endsWith(".policy"));
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
