package crosvm.schema.lint;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.schema.problem.Problem;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What people who know other tools write: named as what it is, once, and where it stands. */
class StrangersMistakesTest {
    private static List<Problem> lint(String text) {
        return lint(text.getBytes(StandardCharsets.UTF_8), Linter.create(Map.of()));
    }

    private static List<Problem> lint(byte[] bytes, Linter linter) {
        return linter.add("vm.yaml", bytes, Path.of("/specs")).report().problems();
    }

    private static Problem only(String text) {
        List<Problem> problems = lint(text);
        assertThat(problems).as(text).hasSize(1);
        return problems.get(0);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '~', quoteCharacter = '`', textBlock = """
            services: {web: {image: nginx}}                                  ~ Docker Compose
            version: '3'\\nservices:\\n  web:\\n    image: nginx             ~ Docker Compose
            apiVersion: v1\\nkind: Pod                                       ~ Kubernetes
            vmType: qemu\\nimages: []                                        ~ Lima
            images:\\n- location: x\\nmounts:\\n- location: x              ~ Lima
            boot-source: {kernel_image_path: x}                              ~ Firecracker
            #cloud-config\\nhostname: x                                      ~ cloud-init
            - hosts: all\\n  tasks: []                                       ~ Ansible
            on: push\\njobs: {}                                              ~ GitHub Actions
            <domain type='kvm'>\\n  <name>x</name>\\n</domain>               ~ libvirt's XML
            <?xml version="1.0"?>\\n<a b="c: d"/>                            ~ XML
            [vm]\\nmemory = 512\\ncpus = 2                                   ~ INI
            [vm]\\nmemory = "512M"                                           ~ TOML
            memory = "512M"\\ncpus = 2                                       ~ TOML
            MEMORY=512\\nCPUS=2                                              ~ .env
            resource "libvirt_domain" "x" {\\n  memory = 512\\n}             ~ Terraform
            FROM debian\\nRUN apt-get update: x                              ~ Dockerfile
            #!/bin/sh\\nqemu-system-x86_64 -m 512 "a: b                      ~ script
            """)
    void namesFilesOfOtherTools(String text, String tool) {
        Problem problem = only(text.replace("\\n", "\n"));
        assertThat(problem.rule().id()).isEqualTo("other-format");
        assertThat(problem.message()).contains(tool);
    }

    @Test
    void takesNoSpecForAnotherToolsFile() {
        assertThat(lint("kernel: {builtin: hello}\nservices: {}\n"))
                .extracting(p -> p.rule().id())
                .containsExactly("unknown-key");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '~', quoteCharacter = '`', textBlock = """
            mem: 512MiB                     ~ write memory: 512MiB
            ram: 512MiB                     ~ write memory: 512MiB
            vcpus: 2                        ~ write cpus: 2
            nets: []                        ~ write networks: [{user: true}]
            volumes: []                     ~ write shares: [{path: folder, tag: name}]
            mounts: []                      ~ write shares: [{path: folder, tag: name}]
            rootfs: x.img                   ~ write disks: [{path: root.img, root: true}]
            cmdline: quiet                  ~ write kernel: {image: vmlinuz, params: quiet}
            append: quiet                   ~ write kernel: {image: vmlinuz, params: quiet}
            drives: []                      ~ write disks: [{path: disk.img}]
            image: disk.img                 ~ a disk is disks: [{path: disk.img}]
            """)
    void leadsFromTheWordsOfOtherToolsToOurs(String line, String hint) {
        Problem problem = only("kernel: {builtin: hello}\n" + line + "\n");
        assertThat(problem.rule().id()).isEqualTo("unknown-key");
        assertThat(problem.hint()).contains(hint);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '~', quoteCharacter = '`', textBlock = """
            networks: [{type: user}]                      ~ write user: true
            networks: [{mode: nat}]                       ~ write user: true
            networks: [{usr: true}]                       ~ did you mean "user"?
            networks: [{bridge: br0}]                     ~ connect a tap to the bridge, and write tap: tap0
            disks: [{disk: a.img}]                        ~ write path: disk.img
            disks: [{path: a.qcow2, type: qcow2}]         ~ write format: qcow2
            disks: [{path: a.img, overlay: b.qcow2}]      ~ write writes: discard
            disks: [{source: {url: "https://a/b", sha: c}}] ~ write sha256:
            console: {com1: {file: a.log}}                ~ write to: file, and path: console.log
            console: {hvc0: {type: file, path: a.log}}    ~ write to: terminal
            console: {serial: stdio}                      ~ write com1: terminal
            vsock: {guest_cid: 3}                         ~ write cid: 3
            balloon: {amount_mib: 3}                      ~ write initial: 128MiB
            ready: {tcp: 80}                              ~ write port: 443
            ready: {sytemd: true}                         ~ did you mean "systemd"?
            health: {tcpSocket: 80}                       ~ write port: 443
            limits: {mem: 1GiB}                           ~ write memory: 1GiB
            guest: {user-data: x}                         ~ write cloudInit:
            disks: [{path: a, readonly: false, size: 1GiB}] ~ did you mean "readOnly"?
            disks: [{path: a, limit: {rate: 1}}]          ~ write bandwidth: 50MiB
            cloudInit: {userData: x}                      ~ write guest: {cloudInit:
            hostname: web                                 ~ write name: web, or guest: {hostname: web}
            """)
    void callsNothingMissingThatWasWrittenInOtherWords(String line, String hint) {
        Problem problem = only("kernel: {builtin: hello}\n" + line + "\n");
        assertThat(problem.rule().id()).isEqualTo("unknown-key");
        assertThat(problem.hint()).contains(hint);
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            http://10.0.0.1:port/a.img, has an invalid host or port
            http:///a.img,              has no host
            """)
    void saysWhatIsWrongWithTheHostOfAUrl(String url, String message) {
        assertThat(only("kernel: {builtin: hello}\ndisks: [{source: {url: \"" + url + "\", sha256: " + "a".repeat(64)
                                + "}}]\n")
                        .message())
                .endsWith(message);
    }

    @Test
    void saysOfAHealthCheckWithAWrongPortThatTheValueIsWrongAndNoMore() {
        assertThat(only("kernel: {builtin: hello}\nhealth: {port: http}\n")
                        .rule()
                        .id())
                .isEqualTo("wrong-type");
    }

    @Test
    void doesNotMissAKernelThatWasMeant() {
        assertThat(only("vmlinuz: boot/vmlinuz\n").rule().id()).isEqualTo("unknown-key");
        assertThat(only("kernel: {builtin: hello}\nshares: [{source: a, tag: b}]\n")
                        .hint())
                .isEqualTo("write path: folder");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '~', quoteCharacter = '`', textBlock = """
            memory: 512MiB#half             ~ 2:9  ~ a comment needs a blank before the #
            memory: 512MiB // half          ~ 2:9  ~ comments start with #
            cpus: 2,                        ~ 2:7  ~ take the , out
            cpus: 2;                        ~ 2:7  ~ take the ; out
            name: web,                      ~ 2:7  ~ take the , out
            balloon: {initial: 8MiB#x}      ~ 2:20 ~ a comment needs a blank before the #
            restart: always // x            ~ 2:10 ~ comments start with #
            name: |                         ~ 2:7  ~ write the value on the line of its key
            name: *.img                     ~ 2:7  ~ a text that starts with * needs quotes
            // a comment                    ~ 2:1  ~ comments start with #
            """)
    void saysWhatToDoAboutMarksOfOtherNotations(String line, String place, String hint) {
        Problem problem = only("kernel: {builtin: hello}\n" + line + "\n");
        assertThat(problem.position().line() + ":" + problem.position().column())
                .isEqualTo(place);
        assertThat(problem.hint()).contains(hint);
    }

    @Test
    void namesTheMarkersOfAMergeConflict() {
        Problem problem = only("kernel: {builtin: hello}\n<<<<<<< HEAD\ncpus: 1\n=======\ncpus: 2\n>>>>>>> b\n");
        assertThat(problem.rule().id()).isEqualTo("yaml-merge-conflict");
        assertThat(problem.position().line()).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "cpus: {{ cpus }}",
                "cpus: \"{{ cpus }}\"",
                "{% if x %}",
                "name: a-{{x}}-b",
                "cpus: {{cpus}}",
                "cpus: ${{ x }}"
            })
    void namesATemplate(String line) {
        assertThat(only("kernel: {builtin: hello}\n" + line + "\n").rule().id()).isEqualTo("yaml-template");
    }

    @Test
    void namesTypographicQuotesAndTheBytesOfWindows() {
        assertThat(only("kernel: {builtin: hello}\nname: \u201cweb\u201d\n").hint())
                .isEqualTo("write \"web\"");
        byte[] windows = "kernel: \u201cx\u201d\n".getBytes(Charset.forName("windows-1252"));
        assertThat(lint(windows, Linter.create(Map.of())))
                .singleElement()
                .satisfies(p -> assertThat(p.message()).contains("Windows-1252"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '~', quoteCharacter = '`', textBlock = """
            params: quiet mem=1G                ~ 3:17
            params: "quiet mem=1G"              ~ 3:18
            params: >-\\n    quiet\\n    mem=1G ~ 5:5
            params: |\\n    quiet mem=1G        ~ 4:11
            """)
    void pointsAtTheWordInParameters(String params, String place) {
        Problem problem = only("kernel:\n  image: x.vmlinuz\n  " + params.replace("\\n", "\n") + "\n  initrd: i\n");
        assertThat(problem.rule().id()).isEqualTo("mem-param");
        assertThat(problem.position().line() + ":" + problem.position().column())
                .isEqualTo(place);
        assertThat(problem.position().endColumn() - problem.position().column()).isEqualTo(6);
    }

    @Test
    void saysWhichVariableAValueCameFrom() {
        byte[] text = "kernel: {builtin: hello}\nmemory: ${SIZE}\n".getBytes(StandardCharsets.UTF_8);
        assertThat(lint(text, Linter.create(Map.of("SIZE", "lots"))))
                .singleElement()
                .satisfies(p -> assertThat(p.message()).endsWith("(from $SIZE)"));
        assertThat(lint(text, Linter.create(Map.of("SIZE", "1GiB")))).isEmpty();
        assertThat(only("kernel: {builtin: hello}\nmemory: ${SIZE}\n").rule().id())
                .isEqualTo("unset-variable");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "name: ${V}",
                "cpus: ${V}",
                "restart: ${V}",
                "balloon: {initial: \"${V}\"}",
                "vsock: ${V}",
                "disks: [{id: \"${V}\", path: a}]",
                "networks: [{user: true, mac: \"${V}\"}]",
                "networks: [{user: true, forward: [\"${V}\"]}]",
                "ready: {console: \"${V}\"}",
                "limits: {cpu: \"${V}\"}",
            })
    void saysOfEveryKindOfFieldWhichVariableItsValueCameFrom(String line) {
        for (String value : List.of("0", "-1", "(", "a b")) {
            byte[] text = ("kernel: {builtin: hello}\n" + line + "\n").getBytes(StandardCharsets.UTF_8);
            assertThat(lint(text, Linter.create(Map.of("V", value))))
                    .as(line + " with " + value)
                    .allSatisfy(p -> assertThat(p.message()).endsWith("(from $V)"));
        }
    }

    @Test
    void lintsTheTextAloneWithoutAnEnvironment() {
        String text = "kernel: {image: \"${KERNEL}\", initrd: i}\nname: ${NAME}\nmemory: ${SIZE:-lots}\ncpus: 0\n"
                + "disks: [{path: \"${DISK}\"}, {path: \"${DISK}\"}]\n";
        List<Problem> problems = lint(text.getBytes(StandardCharsets.UTF_8), Linter.withoutEnvironment());
        assertThat(problems).extracting(Problem::path).containsExactly("memory", "cpus");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "hugepagesz=2M hugepages=4 hugepagesz=1G hugepages=1",
                "systemd.mask=a.service systemd.mask=b.service",
                "rd.luks.name=a rd.luks.name=b rd.lvm.lv=c rd.lvm.lv=d",
                "modprobe.blacklist=a modprobe.blacklist=b",
                "console=tty0 console=ttyS0,115200n8",
                "console=ttyS0 earlycon=uart,io,0x3f8 earlycon=x",
                "memmap=1M$2M memmap=1M$4M",
                "acpi_osi=! acpi_osi=Linux"
            })
    void takesParametersThatAreMeantToRepeat(String params) {
        assertThat(lint("kernel: {image: x, initrd: i, params: \"" + params.replace("$", "$$") + "\"}\n"))
                .isEmpty();
    }

    @Test
    void takesAConsoleThatLeadsSomewhere() {
        String port = "console: {com2: {to: file, path: log.txt}}\n";
        String kernel = "kernel: {image: x, initrd: i, params: console=ttyS1}\n";
        assertThat(lint(kernel + port)).isEmpty();
        assertThat(only(kernel).rule().id()).isEqualTo("param-collision");
    }

    @Test
    void takesTapsByAnyNameThatIsNotAnotherKindOfCard() {
        for (String tap : List.of("logs-tap0", "long", "ethernet-tap", "enable0", "wlog", "bridge-tap", "br-lan")) {
            assertThat(lint("kernel: {builtin: hello}\nnetworks: [{tap: " + tap + "}]\n"))
                    .as(tap)
                    .isEmpty();
        }
        for (String tap : List.of("lo", "eth0", "enp3s0", "eno1", "wlan0", "docker0", "virbr0", "veth12ab", "br0")) {
            assertThat(lint("kernel: {builtin: hello}\nnetworks: [{tap: " + tap + "}]\n"))
                    .as(tap)
                    .extracting(p -> p.rule().id())
                    .containsExactly("tap-name");
        }
    }

    @Test
    void takesEqualAddressesOnNetworksThatDoNotMeet() {
        String network = "{user: true, mac: \"52:54:00:00:00:01\"}";
        String spec = "kernel: {builtin: hello}\nname: %s\nnetworks: [" + network + "]\n";
        assertThat(lint("kernel: {builtin: hello}\nnetworks: [" + network + ", " + network + "]\n"))
                .isEmpty();
        Linter both = Linter.create(Map.of())
                .add("a.yaml", String.format(spec, "a").getBytes(StandardCharsets.UTF_8), Path.of("/specs"))
                .add("b.yaml", String.format(spec, "b").getBytes(StandardCharsets.UTF_8), Path.of("/specs"));
        assertThat(both.report().problems()).isEmpty();
    }
}
