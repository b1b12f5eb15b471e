package crosvm.vmm.graph;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.schema.load.SpecLoader;
import crosvm.vmm.module.kind.DeviceModules;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
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

    @Test
    void tellsTheHostName() {
        String guest = "disks: [{path: a, root: true}]\nguest: {hostname: web}\n";
        assertThat(planOf("kernel: k\n" + guest))
                .isEqualTo("console=ttyS0 reboot=k panic=1 root=/dev/vda ro systemd.hostname=web");
        assertThat(planOf("kernel: {image: k, params: systemd.hostname=other}\n" + guest))
                .as("the spec's own word wins")
                .isEqualTo("console=ttyS0 reboot=k panic=1 root=/dev/vda ro systemd.hostname=other");
    }

    private static String plan(String params) {
        return planOf("kernel: {image: k, params: " + params + "}\ndisks: [{path: a, root: true}]");
    }

    private static String planOf(String yaml) {
        return DeviceModules.plan(SpecLoader.withEnvironment(Map.of())
                        .load("vm.yaml", yaml, Path.of("/vm"))
                        .orThrow())
                .boot()
                .commandLine();
    }
}
