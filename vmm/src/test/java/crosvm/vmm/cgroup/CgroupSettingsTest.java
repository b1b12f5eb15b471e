package crosvm.vmm.cgroup;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.schema.model.Cores;
import crosvm.schema.model.IoLimit;
import crosvm.schema.model.LimitsSpec;
import crosvm.schema.model.MemorySize;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CgroupSettingsTest {
    private static final LimitsSpec LIMITS = new LimitsSpec(
            Cores.parse("1.25"), MemorySize.ofMib(1024), new IoLimit(MemorySize.ofMib(100), null, null, 500), 200);
    private static final CgroupSettings SETTINGS = new CgroupSettings(LIMITS, List.of("8:0"));

    @TempDir
    private Path root;

    @Test
    void writesWhatTheKernelsDocumentSays() {
        assertThat(SETTINGS.all().stream().map(s -> s.file() + " " + s.value()))
                .containsExactly(
                        "cpu.max 125000 100000",
                        "memory.max 1073741824",
                        "memory.swap.max 0",
                        "memory.oom.group 1",
                        "io.max 8:0 rbps=104857600 wbps=max riops=max wiops=500",
                        "pids.max 200");
    }

    @Test
    void namesTheLimitsThatDoNotHold() throws Exception {
        FakeCgroups host = new FakeCgroups(root, "/m");
        host.group("", "", "", "");
        host.group("/m", "", "", "");
        CgroupFolder group = CgroupFolder.ofThisProcess(root);
        assertThat(SETTINGS.missingIn(group)).containsExactly("cpu", "memory", "io", "pids");
        host.set("/m", "cpu.max", "125000 100000");
        host.set("/m", "memory.max", "1073741824");
        host.set("/m", "io.max", "8:0 rbps=104857600 wbps=max riops=max wiops=500");
        host.set("/m", "pids.max", "200");
        assertThat(SETTINGS.missingIn(group)).isEmpty();
        host.set("/m", "io.max", "8:16 rbps=104857600 wbps=max riops=max wiops=500");
        host.set("/m", "pids.max", "max");
        assertThat(SETTINGS.missingIn(group)).containsExactly("io", "pids");
    }

    @Test
    void countsMemoryWhereItLimitsWritesThatGoThroughThePageCache() {
        LimitsSpec io = new LimitsSpec(null, null, SETTINGS.limits().io(), null);
        assertThat(Controller.neededBy(io)).containsExactlyInAnyOrder(Controller.IO, Controller.MEMORY);
    }

    @Test
    void hasSystemdSetTheSame() {
        String line = String.join(
                " ",
                SystemdScope.command(Path.of("/usr/bin/busctl"), true, "web", "crosvm-web-7.scope", SETTINGS, true, 7));
        assertThat(line)
                .startsWith(
                        "/usr/bin/busctl --user call org.freedesktop.systemd1 /org/freedesktop/systemd1"
                                + " org.freedesktop.systemd1.Manager StartTransientUnit ssa(sv)a(sa(sv)) crosvm-web-7.scope fail 12 ")
                .contains(
                        " PIDs au 1 7 ",
                        " CPUQuotaPerSecUSec t 1250000 ",
                        " MemoryMax t 1073741824 MemorySwapMax t 0 OOMPolicy s kill ",
                        " TasksMax t 200 ",
                        " MemoryAccounting b true ",
                        " IOReadBandwidthMax a(st) 1 /dev/block/8:0 104857600 ",
                        " IOWriteIOPSMax a(st) 1 /dev/block/8:0 500")
                .doesNotContain("IOWriteBandwidthMax")
                .endsWith(" 0");
    }

    /** systemd refuses the whole scope for a property that it does not know. */
    @Test
    void leavesTheWordForTheOutOfMemoryKillerOutWhereSystemdDoesNotKnowIt() {
        assertThat(SystemdScope.knowsOomPolicy("s \"252.39-1~deb12u2\"")).isFalse();
        assertThat(SystemdScope.knowsOomPolicy("s \"253\"")).isTrue();
        assertThat(SystemdScope.knowsOomPolicy("s \"v257.9-1~deb13u1\"")).isTrue();
        assertThat(SystemdScope.knowsOomPolicy("s \"\"")).isFalse();
        assertThat(SystemdScope.command(
                        Path.of("/usr/bin/busctl"), true, "web", "crosvm-web-7.scope", SETTINGS, false, 7))
                .contains("MemoryMax")
                .doesNotContain("OOMPolicy");
    }

    @Test
    void readsWhatTheGroupHasCounted() throws Exception {
        FakeCgroups host = new FakeCgroups(root, "/m");
        host.group("/m", "", "", "");
        host.set("/m", "cpu.stat", "usage_usec 2500000\nuser_usec 1\nthrottled_usec 70000");
        host.set("/m", "memory.current", "4096");
        host.set("/m", "memory.events", "low 0\noom 1\noom_kill 3");
        host.set("/m", "pids.current", "20");
        host.set("/m", "pids.events", "max 5");
        host.set("/m", "io.stat", "8:0 rbytes=10 wbytes=20 rios=1\n8:16 rbytes=1 wbytes=2 rios=1");
        Map<String, Long> figures = CgroupFigures.of(CgroupFolder.ofThisProcess(root));
        assertThat(figures.entrySet().stream().map(Map.Entry::toString).collect(Collectors.joining(" ")))
                .isEqualTo("cpuMicroseconds=2500000 cpuThrottledMicroseconds=70000 memory=4096 oomKills=3 pids=20"
                        + " pidsRefused=5 ioReadBytes=11 ioWrittenBytes=22");
    }

    @Test
    void splitsDeviceNumbersAsTheCLibraryDoes() {
        assertThat(BlockDevices.major(0x0000_0000_0000_0801L)).isEqualTo(8);
        assertThat(BlockDevices.minor(0x0000_0000_0000_0801L)).isEqualTo(1);
        assertThat(BlockDevices.major(0x0000_0000_0010_fd00L)).isEqualTo(0xfd);
        assertThat(BlockDevices.minor(0x0000_0000_0010_fd00L)).isEqualTo(0x100);
    }
}
