package crosvm.schema.load;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.schema.problem.Problem;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SpecChecksTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            networks: [{}]                                                | 2:12 network-choice
            networks: [{tap: t, user: true}]                              | 2:12 network-choice
            networks: [{hostIp: 10.0.0.1}]                                | 2:21 netmask-pair
            networks: [{netmask: 255.0.0.0}]                              | 2:22 netmask-pair
            networks: [{hostIp: 10.0.0.1, netmask: 255.0.255.0}]          | 2:40 bad-netmask
            networks: [{hostIp: 10.0.0.1, netmask: 255.255.255.255}]      | 2:40 bad-netmask
            networks: [{hostIp: 10.0.0.0, netmask: 255.255.255.0}]        | 2:21 host-address
            networks: [{hostIp: 10.0.0.255, netmask: 255.255.255.0}]      | 2:21 host-address
            networks: [{hostIp: 127.0.0.1, netmask: 255.0.0.0}]           | 2:21 host-address
            networks: [{tap: t, mac: "01:00:5e:00:00:01"}]                | 2:26 multicast-mac
            networks: [{tap: t, mac: "00:00:00:00:00:00"}]                | 2:26 multicast-mac
            networks: [{tap: t, mac: "02:00:00:00:00:01"}, {tap: u, mac: "02:00:00:00:00:01"}] | 2:62 duplicate-mac
            networks: [{tap: t}, {tap: t}]                                | 2:28 duplicate-tap
            networks: [{tap: t, forward: ["80:80"]}]                      | 2:30 forward-needs-user
            networks: [{user: true, forward: ["80:80", "80:81"]}]         | 2:44 duplicate-forward
            networks: [{user: true, vhost: on}]                           | 2:32 vhost-needs-tap
            networks: [{tap: t, mac: 52:54:00:12:34:56}]                  | 2:26 yaml-sexagesimal
            disks: [{id: a, path: a}, {id: a, path: b}]                   | 2:32 duplicate-id
            disks: [{id: disk1, path: a}, {path: b}]                      | 2:14 duplicate-id
            disks: [{id: rng, path: a}]                                   | 2:14 reserved-id
            disks: [{path: a}, {path: ./a, readOnly: false}]              | 2:27 disk-twice
            disks: [{id: a}]                                              | 2:9 image-choice
            disks: [{path: a, source: {url: "file:///b", sha256: b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c}}] | 2:27 image-choice
            disks: [{source: {url: "file:///b?q#f"}}]                     | 2:24 source-url
            disks: [{source: {url: "gopher://host/b"}}]                   | 2:24 source-url
            disks: [{source: {url: "https:///b"}}]                        | 2:24 source-url
            disks: [{source: {url: "https://host/b c"}}]                  | 2:24 source-url
            disks: [{source: {url: "file://host/b"}}]                     | 2:24 source-url
            disks: [{source: {url: "https://user@host/b"}}]               | 2:24 source-url
            disks: [{source: {url: "https://host/b"}}]                    | 2:18 source-digest
            shares: [{tag: s, path: a}, {tag: t, path: ./a, readOnly: false}] | 2:44 share-twice
            balloon: {initial: 256MiB}                                    | 2:20 balloon-too-large
            console: {com2: terminal}                                     | 2:17 terminal-twice
            console: {com1: file}                                         | 2:17 port-path
            console: {com1: {to: none, path: a}}                          | 2:34 port-path
            console: {com1: {to: file, path: a}, com2: {to: file, path: a}} | 2:61 port-twice
            wayland: {deviceId: 2}                                        | 2:21 wayland-device-id
            sandbox: {devices: {rgn: thread}}                             | 2:21 unknown-device
            sandbox: {groups: {a: [rng, rng]}}                            | 2:29 group-twice
            sandbox: {groups: {a: [rng]}, devices: {rng: thread}}         | 2:24 group-placement
            sandbox: {groups: {a: [balloon]}}                             | 2:24 group-placement
            sandbox: {groups: {rng: [blk]}}                               | 2:20 group-name
            sandbox: {devices: {balloon: process}}                        | 2:30 placement
            vsock: 2                                                      | 2:8 out-of-range
            """)
    void refusesWhatCannotRun(String line, String expected) {
        LoadResult result = load("kernel: {builtin: hello}\n" + line);
        assertThat(result.problems().stream().map(SpecChecksTest::brief)).containsExactly(expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {}                                              | 1:9 kernel-choice
            {image: a, params: root=/dev/vda root=/dev/vdb} | 1:42 root-twice
            {image: a, params: [root=/dev/vda, root=/dev/vdb]} | 1:44 root-twice
            {image: a, params: ["a\\nb"]}                   | 1:29 cmdline-character
            {image: a, params: ['a="b']}                    | 1:29 cmdline-quote
            {image: a, params: [root=/dev/vda, --, root=x]} | none
            {builtin: hello, params: [a]}                   | 1:34 builtin-extras
            {builtin: hello, initrd: a}                     | 1:34 builtin-extras
            {builtin: hello, source: {url: "file:///a", sha256: b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c}} | 1:19 kernel-choice
            {image: a, source: {url: "file:///a", sha256: b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c}} | 1:28 kernel-choice
            {builtin: hello, initrdSource: {url: "file:///a", sha256: b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c}} | 1:40 builtin-extras
            """)
    void refusesKernelsThatCannotBoot(String kernel, String expected) {
        LoadResult result = load("kernel: " + kernel);
        assertThat(result.problems().stream().map(SpecChecksTest::brief).toList())
                .isEqualTo(expected.equals("none") ? List.of() : List.of(expected));
    }

    @Test
    void refusesARootParameterBesideARootDisk() {
        LoadResult result = load("kernel: {image: a, params: [root=/dev/sda]}\ndisks: [{path: a, root: true}]");
        assertThat(result.problems().get(0).describe())
                .contains("root= is added for disks[0] already", "line 2, column 25");
    }

    @Test
    void refusesTooManyDevicesAndTooLongLines() {
        StringBuilder disks = new StringBuilder("kernel: {image: a}\ndisks:\n");
        for (int i = 0; i < 30; i++) {
            disks.append(" - img").append(i).append('\n');
        }
        assertThat(brief(load(disks.toString()).problems().get(0))).isEqualTo("3:2 too-many-devices");
        assertThat(brief(load("kernel: {image: a, params: [" + "x".repeat(2048) + "]}")
                        .problems()
                        .get(0)))
                .isEqualTo("1:28 cmdline-too-long");
        assertThat(brief(load("kernel: {image: a}\ncontrol: /" + "x".repeat(107))
                        .problems()
                        .get(0)))
                .isEqualTo("2:10 socket-path-too-long");
    }

    @Test
    void allowsTheSameImageTwiceWhenNobodyWrites() {
        assertThat(load("kernel: {image: a}\ndisks: [a, ./a]").problems()).isEmpty();
    }

    private static LoadResult load(String text) {
        return SpecLoader.withEnvironment(Map.of()).load("vm.yaml", text, Path.of("/specs"));
    }

    private static String brief(Problem p) {
        return p.position().line() + ":" + p.position().column() + " "
                + p.rule().id();
    }
}
