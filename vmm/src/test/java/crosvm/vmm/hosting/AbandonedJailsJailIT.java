package crosvm.vmm.hosting;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.schema.load.SpecLoader;
import crosvm.vmm.LoggedLines;
import crosvm.vmm.console.PortInput;
import crosvm.vmm.console.PortOutput;
import crosvm.vmm.event.EventLoop;
import crosvm.vmm.jail.JailableClassPath;
import crosvm.vmm.module.ConsolePorts;
import crosvm.vmm.module.NetworkPorts;
import crosvm.vmm.module.kind.DeviceModules;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Device processes that are given up before they were wanted, at any moment of their start. */
@ExtendWith(JailableClassPath.class)
class AbandonedJailsJailIT {
    private static final int MOMENTS = 8;
    private static final int STEP_MILLISECONDS = 60;

    @TempDir
    Path folder;

    /** The machine has no port on virtio. */
    static final class NoPorts implements ConsolePorts {
        @Override
        public PortOutput output(String id) {
            throw new AssertionError(id);
        }

        @Override
        public boolean isTerminal(String id) {
            return false;
        }

        @Override
        public void connect(String id, PortInput port) {
            throw new AssertionError(id);
        }
    }

    @Test
    void sayNothingOfTheirOwn() throws Exception {
        Files.write(folder.resolve("disk.img"), new byte[1 << 16]);
        var graph = DeviceModules.plan(SpecLoader.withEnvironment(Map.of())
                .load(
                        "vm.yaml",
                        "kernel: {builtin: hello}\ndisks: [{path: disk.img}, {path: disk.img}, {path: disk.img}]\n",
                        folder)
                .orThrow());
        try (LoggedLines said = new LoggedLines("crosvm.vmm")) {
            for (int moment = 0; moment < MOMENTS; moment++) {
                try (EventLoop loop = new EventLoop("abandoned");
                        ResourceStack resources = new ResourceStack()) {
                    VirtioDevices.open(
                            resources,
                            graph,
                            new NoPorts(),
                            loop,
                            NetworkPorts.NONE,
                            death -> {},
                            WaitingDevices.none());
                    Thread.sleep((long) moment * STEP_MILLISECONDS);
                }
            }
            assertThat(said.lines).isEmpty();
        }
    }
}
