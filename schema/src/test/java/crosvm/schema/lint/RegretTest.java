package crosvm.schema.lint;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Specs whose user would regret them, one mistake each, and the one finding about it; and their like without a mistake. */
class RegretTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    root-absent      | kernel: {image: v, initrd: i, params: root=/dev/vdb}¦disks: [a]
                    root-absent      | kernel: {image: v, initrd: i, params: root=/dev/vda2}
                    root-absent      | kernel: {image: v, initrd: i, params: root=/dev/nvme0n1p1}¦disks: [a]
                    root-absent      | kernel: {image: v, initrd: i, params: root=/dev/mmcblk0p2}¦disks: [a]
                    root-absent      | kernel: {image: v, initrd: i, params: root=UUID=1234-5678}
                    root-absent      | kernel: {image: v, initrd: i, params: root=/dev/nfs}
                    root-absent      | kernel: {image: v, initrd: i, params: "root=src rootfstype=virtiofs"}¦shares: [{tag: top, path: s}]
                    root-read-only   | kernel: {image: v, initrd: i, params: "root=/dev/vda1 rw"}¦disks: [a]
                    root-read-only   | kernel: {image: v, initrd: i, params: rw}¦disks: [{path: a, root: true}]
                    cpus-limited     | kernel: {image: v, initrd: i, params: maxcpus=2}¦cpus: 4
                    cpus-limited     | kernel: {image: v, initrd: i, params: nr_cpus=3}¦cpus: 4
                    cpus-limited     | kernel: {image: v, initrd: i, params: nosmp}¦cpus: 2
                    secret-in-params | kernel: {image: v, initrd: i, params: wifi.passphrase=x}
                    secret-in-params | kernel: {image: v, initrd: i, params: db_password=x}
                    secret-in-params | kernel: {image: v, initrd: i, params: "url=https://me:hunter2@example.org/x"}
                    secret-in-params | kernel: {image: v, initrd: i, params: "systemd.set_credential=a:b"}
                    mitigations-off  | kernel: {image: v, initrd: i, params: mitigations=off}
                    param-comment    | kernel: {image: v, initrd: i, params: "quiet # loud splash"}
                    bare-variable    | kernel: {image: v, initrd: i, params: foo=$BAR}
                    bare-variable    | kernel: {image: v, initrd: i}¦networks: [{tap: $TAP}]
                    bad-variable     | kernel: {image: v, initrd: i}¦memory: $MEM
                    bad-variable     | kernel: {image: v, initrd: i}¦cpus: $CPUS
                    bad-variable     | kernel: {image: v, initrd: i}¦rng: $RNG
                    bad-variable     | kernel: {image: v, initrd: i}¦networks: [{user: true, mac: $MAC}]
                    bad-name         | kernel: {image: v, initrd: i}¦name: $NAME
                    queues-need-tap  | kernel: {image: v, initrd: i}¦networks: [{user: true, queues: 2}]
                    group-placement  | kernel: {image: v, initrd: i}¦disks: [a]¦sandbox: {devices: {blk: thread}, groups: {g: [disk0, rng]}}
                    useless-field    | kernel: {image: v, initrd: i}¦balloon: {enabled: false, deflateOnOom: false}
                    useless-field    | kernel: {builtin: hello}¦disks: [{path: a, root: true}]
                    useless-field    | kernel: {image: v, initrd: i}¦rng: off¦sandbox: {onFailure: continue}
                    windows-path     | kernel: {image: v, initrd: i}¦disks: ['images\\root.img']
                    windows-path     | kernel: {image: v, initrd: i}¦disks: ['D:/root.img']
                    windows-path     | kernel: {image: v, initrd: i}¦disks: ['\\\\nas\\root.img']
                    folder-path      | kernel: {image: v, initrd: i}¦disks: [..]
                    folder-path      | kernel: {image: v, initrd: i}¦disks: [images/.]
                    folder-path      | kernel: {image: v, initrd: i}¦shares: [{tag: t, path: root.img}]
                    device-path      | kernel: {image: v, initrd: /dev/sda}
                    device-path      | kernel: {image: v, initrd: i}¦disks: [/dev/null]
                    """)
    void findsTheMistakeOnce(String rule, String yaml) {
        assertThat(rules(yaml)).containsExactly(rule);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "kernel: {image: v, params: root=/dev/vda1}¦disks: [a]",
                "kernel: {image: v, params: root=/dev/vdaa}¦disks: ["
                        + "a,b,c,d,e,f,g,h,i,j,k,l,m,o,p,q,r,s,t,u,w,x,z,a1,a2,a3,a4]",
                "kernel: {image: v, initrd: i, params: root=UUID=1}¦disks: [a]",
                "kernel: {image: v, initrd: i, params: root=/dev/mapper/vg-root}¦disks: [a]",
                "kernel: {from: root}¦disks: [{path: a.qcow2, format: qcow2, root: true}]",
                "kernel: {image: v, params: root=/dev/nfs}¦networks: [{user: true}]",
                "kernel: {image: v, params: \"root=src rootfstype=virtiofs rw\"}¦shares: [{tag: src, path: s}]",
                "kernel: {image: v, params: \"root=/dev/vda rw\"}¦disks: [{path: a, readOnly: false}]",
                "kernel: {image: v, initrd: i, params: \"quiet -- root=/dev/sda rw\"}",
                "kernel: {image: v, initrd: i, params: maxcpus=4}¦cpus: 4",
                "kernel: {image: v, initrd: i, params: \"url=https://example.org:8080/a@b\"}",
                "kernel: {image: v, initrd: i, params: \"luks.key=/key passthrough=1 keymap=de\"}",
                "kernel: {image: v, initrd: i, params: \"foo=$$BAR a#b\"}",
                "kernel: {image: v, initrd: i}¦networks: [{user: true, queues: 1}]",
                "kernel: {image: v, initrd: i}¦disks: [a]¦"
                        + "sandbox: {devices: {blk: thread, disk0: process}, groups: {g: [disk0, rng]}}",
                "kernel: {image: v, initrd: i}¦balloon: {enabled: false, initial: 0MiB, deflateOnOom: true}",
                "kernel: {image: v, initrd: i}¦disks: [/dev/vg/data, images.d/root]¦control: run/",
                "kernel: {image: v, initrd: i}¦shares: [{tag: t, path: ../}]",
                "kernel: {image: v, initrd: i}¦rng: off¦disks: [a]¦sandbox: {onFailure: continue}"
            })
    void findsNothingInItsLike(String yaml) {
        assertThat(rules(yaml)).isEmpty();
    }

    private static List<String> rules(String yaml) {
        return Linter.create(Map.of())
                .add("spec.yaml", yaml.replace('¦', '\n').getBytes(StandardCharsets.UTF_8), Path.of("/specs"))
                .report()
                .problems()
                .stream()
                .map(p -> p.rule().id())
                .toList();
    }
}
