package crosvm.vmm.module.kind;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.schema.model.WaylandSpec;
import crosvm.vmm.VmmException;
import crosvm.vmm.linux.OpenFds;
import crosvm.vmm.module.DeviceParts;
import crosvm.vmm.module.PartsWriter;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WaylandServiceTest {
    @TempDir
    private Path folder;

    private Path socket() {
        return folder.resolve("wayland-0");
    }

    @Test
    void namesTheSocketOfACompositorThatIsNotThere() throws IOException, InterruptedException {
        long before = OpenFds.count();
        assertThatThrownBy(() -> new WlModule().open(new WaylandSpec(socket(), null, 63)))
                .isInstanceOf(VmmException.class)
                .hasMessage("wayland.socket: " + socket()
                        + ": connect: ENOENT (no such file or directory). Is the compositor running? Start it, name"
                        + " its socket, or remove wayland");
        try (FakeCompositor compositor = new FakeCompositor(socket())) {
            compositor.die();
        }
        assertThatThrownBy(() -> new WlModule().open(new WaylandSpec(socket(), null, 63)))
                .hasMessageContaining(socket() + ": connect: ECONNREFUSED");
        OpenFds.awaitAtMost(before);
    }

    @Test
    void givesTheDeviceItsEndOfTheChannelAndNothingElse() {
        try (FakeCompositor compositor = new FakeCompositor(socket());
                DeviceParts parts = new WlModule().open(new WaylandSpec(socket(), "root", 63))) {
            PartsWriter writer = new PartsWriter();
            parts.write(writer);
            assertThat(writer.words()).isEmpty();
            assertThat(parts.descriptors()).hasSize(1);
            assertThat(parts.companion()).isNotNull();
            parts.companion().close();
            assertThat(compositor.filesSeen).hasValue(0);
        }
    }

    @Test
    void refusesAGroupThatTheHostDoesNotHave() {
        assertThatThrownBy(() -> new WlModule().open(new WaylandSpec(socket(), "no-such-group", 63)))
                .hasMessageStartingWith("wayland.group: this host has no group no-such-group");
    }

    @Test
    void findsTheSocketWhereSessionsHaveIt() {
        WaylandSpec auto = new WaylandSpec(null, null, 63);
        assertThat(WaylandService.socketOf(auto, "/run/user/1000")).isEqualTo("/run/user/1000/wayland-0");
        assertThat(WaylandService.socketOf(new WaylandSpec(Path.of("/x"), null, 63), null))
                .isEqualTo("/x");
        WaylandSpec named = new WaylandSpec(Path.of("wayland-7"), null, 63);
        assertThat(WaylandService.socketOf(named, "/run/user/1000")).isEqualTo("/run/user/1000/wayland-7");
        assertThatThrownBy(() -> WaylandService.socketOf(named, ""))
                .hasMessageContaining("wayland-7 is $XDG_RUNTIME_DIR/wayland-7, and XDG_RUNTIME_DIR is not set");
        assertThatThrownBy(() -> WaylandService.socketOf(auto, null))
                .hasMessageContaining("XDG_RUNTIME_DIR is not set. Give the socket's path");
    }
}
