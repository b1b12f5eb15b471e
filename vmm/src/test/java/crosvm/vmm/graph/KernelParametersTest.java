package crosvm.vmm.graph;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.schema.load.SpecLoader;
import crosvm.vmm.module.kind.DeviceModules;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KernelParametersTest {
    @ParameterizedTest
    @CsvSource({
        "quiet, console=ttyS0 reboot=k panic=1 root=/dev/vda ro quiet",
        "'console=ttyS0,115200', 'reboot=k panic=1 root=/dev/vda ro console=ttyS0,115200'",
        "panic=0 reboot=t, console=ttyS0 root=/dev/vda ro panic=0 reboot=t",
        "rw, console=ttyS0 reboot=k panic=1 root=/dev/vda rw",
        "panic_on_oops=1 rootwait, console=ttyS0 reboot=k panic=1 root=/dev/vda ro panic_on_oops=1 rootwait",
        "-- panic=0, console=ttyS0 reboot=k panic=1 root=/dev/vda ro -- panic=0",
        "panic, console=ttyS0 reboot=k panic=1 root=/dev/vda ro panic",
    })
    void letsTheSpecsWordsWinByLeavingOursOut(String params, String line) {
        assertThat(plan("'" + params + "'")).isEqualTo(line);
        assertThat(plan("['" + params.replace(" ", "', '") + "']")).isEqualTo(line);
    }

    private static String plan(String params) {
        String yaml = "kernel: {image: k, params: " + params + "}\ndisks: [{path: a, root: true}]";
        return DeviceModules.plan(SpecLoader.withEnvironment(Map.of())
                        .load("vm.yaml", yaml, Path.of("/vm"))
                        .orThrow())
                .boot()
                .commandLine();
    }
}
