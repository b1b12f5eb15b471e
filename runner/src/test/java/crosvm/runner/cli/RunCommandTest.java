package crosvm.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunCommandTest {
    private static final String[] LONG_LINE = {
        "run",
        "-m",
        "512",
        "-c",
        "2",
        "-r",
        "root.img",
        "--rwdisk",
        "data.img",
        "-d",
        "ro.img",
        "-p",
        "quiet",
        "-p",
        "x=1 y",
        "--host_ip",
        "192.168.10.1",
        "--netmask",
        "255.255.255.0",
        "--mac",
        "52:54:00:12:34:56",
        "--cid",
        "5",
        "--wayland-sock",
        "/run/wl",
        "--wayland-group",
        "video",
        "-s",
        "/tmp/s.sock",
        "-u",
        "--seccomp-policy-dir",
        "/etc/policies",
        "vmlinux",
        "--print-spec"
    };

    private static Run specOf(String... arguments) {
        Run run = Run.of(arguments);
        assertThat(run.err()).isEmpty();
        assertThat(run.status()).isZero();
        return run;
    }

    @Test
    void givesTheFlagsOf2018TheirMeaning() {
        String spec = specOf(LONG_LINE).out();
        assertThat(spec)
                .contains("memory: 512MiB\n", "cpus: 2\n", "/vmlinux\n", "hostIp: \"192.168.10.1\"\n", "cid: 5\n")
                .contains("socket: /run/wl\n", "group: video\n", "socket: /tmp/s.sock\n", "policyDir: /etc/policies\n")
                .containsSubsequence("- quiet\n", "- x=1\n", "- \"y\"\n")
                .containsSubsequence("/root.img\n", "readOnly: true\n", "root: true\n")
                .containsSubsequence("/data.img\n", "readOnly: false\n", "root: false\n")
                .containsSubsequence("/ro.img\n", "readOnly: true\n", "root: false\n");
    }

    @Test
    void printsASpecWithTheSameGraphAndTheSameHash() {
        String spec = specOf(LONG_LINE).out();
        assertThat(Run.withInput(spec, "config", "-").out()).isEqualTo(spec);
        assertThat(Run.withInput(spec, "graph", "-").out()).contains("root=/dev/vda ro quiet x=1 y");
    }

    @Test
    void switchesTheSandboxOff() {
        assertThat(specOf("run", "--disable-sandbox", "vmlinux", "--print-spec").out())
                .contains("sandbox:\n  enabled: false\n");
    }

    @Test
    void takesTheModelsFlagsToo() {
        assertThat(specOf("run", "vmlinux", "--name", "web", "--set", "networks.0.user=true", "--print-spec")
                        .out())
                .contains("name: web\n", "user: true\n");
    }

    @Test
    void takesTheLongNameThatMemoryHadIn2018() {
        assertThat(specOf("run", "--mem", "300", "vmlinux", "--print-spec").out())
                .contains("memory: 300MiB\n");
    }

    @Test
    void keepsTheGroupWithTheCompositorItFinds(@TempDir Path folder) throws IOException {
        try (ServerSocketChannel compositor = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            compositor.bind(UnixDomainSocketAddress.of(folder.resolve("wayland-0")));
            Map<String, String> environment = Map.of("XDG_RUNTIME_DIR", folder.toString());
            assertThat(Run.with(environment, "run", "--wayland-group", "video", "vmlinux", "--print-spec")
                            .out())
                    .contains("wayland:\n  socket: auto\n  group: video\n");
            assertThat(Run.with(environment, "run", "--no-wl", "vmlinux", "--print-spec")
                            .out())
                    .doesNotContain("wayland:");
        }
    }

    @Test
    void refusesTwoRootsAndAMissingKernel() {
        Run two = Run.of("run", "-r", "a", "--rwroot", "b", "vmlinux", "--print-spec");
        assertThat(two.status()).isEqualTo(2);
        assertThat(two.err()).contains("root");
        assertThat(Run.of("run", "-m", "512").status()).isEqualTo(2);
    }

    @Test
    void readsTheFieldsOfADiskAndRefusesWhatIsNone() throws IOException {
        assertThat(specOf("run", "vmlinux", "--disk", "path=a.img,id=data,readOnly=false", "--print-spec")
                        .out())
                .containsPattern("id: data\\n +path: /.*/a.img\\n +readOnly: false");
        assertThat(specOf("run", "vmlinux", "--rwdisk", "a,b.img", "--print-spec")
                        .out())
                .containsPattern("path: \"/.*/a,b.img\"\\n +readOnly: false");
        assertThat(Run.of("run", "vmlinux", "--disk", "a.img,colour=red", "--print-spec")
                        .err())
                .contains("colour");
        assertThat(Run.of("run", "vmlinux", "--disk", "patth=a.img", "--print-spec")
                        .err())
                .contains("patth");
        assertThat(specOf("run", "vmlinux", "--disk", "./a=b.img", "--print-spec")
                        .out())
                .contains("/a=b.img");
        assertThat(Run.of("run", "vmlinux", "--disk", "id=x,ro", "--print-spec").err())
                .contains("\"ro\" is not FIELD=VALUE");
        assertThat(Run.of("run", "vmlinux", "--disk", "a.img,id=x,ro", "--print-spec")
                        .err())
                .contains("\"ro\" is not FIELD=VALUE");
    }
}
