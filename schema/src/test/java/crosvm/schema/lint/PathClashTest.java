package crosvm.schema.lint;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.schema.problem.Problem;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is written or listened on against what is read, within a machine and between machines. */
class PathClashTest {
    private static final Path FOLDER = Path.of("/specs");

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    path-taken      | console: {com1: {to: file, path: spec.yaml}}
                    path-taken      | disks: [{path: spec.yaml, readOnly: false}]
                    path-taken      | control: spec.yaml
                    path-taken      | console: {com1: {to: file, path: vmlinuz}}
                    path-taken      | disks: [{path: initrd.img, readOnly: false}]
                    path-taken      | sandbox: {policyDir: /p}¦console: {com1: {to: socket, path: p/../vmlinuz}}
                    path-taken      | disks: [d.img]¦console: {hvc0: {to: socket, path: d.img}}
                    path-taken      | control: {socket: c}¦console: {com2: {to: file, path: c}}
                    path-taken      | wayland: {socket: ./w}¦control: w
                    path-taken      | disks: [d.img]¦console: {com1: {to: file, path: d.img/log}}
                    path-taken      | console: {com1: {to: file, path: a}, com2: {to: file, path: a/b}}
                    path-taken      | shares: [{tag: t, path: s, readOnly: false}]¦console: {com1: {to: file, path: s}}
                    socket-twice    | control: c.sock¦console: {com1: {to: socket, path: c.sock}}
                    disk-twice      | disks: [d.img, {path: ./d.img, readOnly: false}]
                    port-twice      | console: {com1: {to: file, path: x}, com2: {to: file, path: x}}
                    share-twice     | shares: [{tag: a, path: s}, {tag: b, path: s, readOnly: false}]
                    """)
    void refusesTwoUsesOfAPathOfWhichOneChangesIt(String rule, String yaml) {
        assertThat(rules(yaml)).containsExactly(rule);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "disks: [d.img, d.img]",
                "disks: [vmlinuz]",
                "control: /specs/run¦sandbox: {policyDir: /specs/run}",
                "control: run¦console: {com1: {to: socket, path: run/com1.sock}}",
                "shares: [{tag: a, path: s}, {tag: b, path: s}]",
                "shares: [{tag: a, path: s}, {tag: b, path: s/t}]",
                "shares: [{tag: a, path: /specs}]",
                "console: {com1: {to: file, path: a}, com2: {to: file, path: a-b}}"
            })
    void acceptsUsesThatDoNotDisturbEachOther(String yaml) {
        assertThat(rules(yaml)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/var",
                "/root",
                "/lib64",
                "/etc",
                "/etc/ssh",
                "/var/lib/docker",
                "/usr/local",
                "/home",
                "/run",
                "/boot/efi",
                "/dev/disk",
                "/opt",
                "/srv"
            })
    void warnsOfWritableSystemFolders(String folder) {
        assertThat(rules("shares: [{tag: t, path: " + folder + ", readOnly: false}]"))
                .contains("share-system-folder");
        assertThat(rules("shares: [{tag: t, path: " + folder + "}]")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/var/tmp/x", "/srv/www", "/opt/app/data", "/tmp/x", "/mnt/data", "/var/www", "/variable"})
    void takesNoOtherFolderForOneOfTheSystem(String folder) {
        assertThat(rules("shares: [{tag: t, path: " + folder + ", readOnly: false}]"))
                .isEmpty();
    }

    @Test
    void namesWhatTheGuestCanChangeThroughAWritableShare() {
        List<Problem> problems = lint(
                "shares: [{tag: t, path: ., readOnly: false}]¦disks: [{path: d.img}]¦sandbox: {policyDir: /specs/p}");

        assertThat(problems).hasSize(1);
        assertThat(problems.get(0).message())
                .contains("this file itself", "kernel.image", "kernel.initrd", "sandbox.policyDir", "disks[0].path");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    fleet-path    | console: {com1: {to: file, path: their-kernel}}
                    fleet-path    | console: {com1: {to: file, path: their.yaml}}
                    fleet-path    | disks: [{path: their-kernel, readOnly: false}]
                    fleet-path    | console: {com1: {to: socket, path: their-kernel}}
                    fleet-path    | console: {com1: {to: file, path: their.sock}}
                    fleet-console | console: {com1: {to: file, path: their.log}}
                    fleet-console | console: {com1: {to: file, path: their.img}}
                    fleet-disk    | disks: [{path: their.img}]
                    fleet-socket  | control: their.sock
                    fleet-share   | shares: [{tag: t, path: images, readOnly: false}]
                    """)
    void refusesWhatAnotherMachineIsMadeOf(String rule, String yaml) {
        String theirs = "name: their¦kernel: {image: their-kernel, initrd: images/initrd}¦control: their.sock¦"
                + "disks: [{path: their.img, readOnly: false}]¦console: {com1: {to: file, path: their.log}}";
        String ours = "name: our¦kernel: {image: vmlinuz, initrd: initrd.img}¦" + yaml;

        assertThat(ids(between(theirs, ours))).containsExactly(rule);
        assertThat(ids(betweenReversed(theirs, ours))).containsExactly(rule);
    }

    private static List<Problem> between(String theirs, String ours) {
        return lint(List.of(Map.entry("their.yaml", theirs), Map.entry("our.yaml", ours)));
    }

    private static List<Problem> betweenReversed(String theirs, String ours) {
        return lint(List.of(Map.entry("our.yaml", ours), Map.entry("their.yaml", theirs)));
    }

    private static List<String> rules(String yaml) {
        return ids(lint(yaml));
    }

    private static List<String> ids(List<Problem> problems) {
        return problems.stream().map(p -> p.rule().id()).toList();
    }

    private static List<Problem> lint(String yaml) {
        return lint(List.of(Map.entry("spec.yaml", "kernel: {image: vmlinuz, initrd: initrd.img}¦" + yaml)));
    }

    private static List<Problem> lint(List<Map.Entry<String, String>> files) {
        Linter linter = Linter.create(Map.of());
        files.forEach(file ->
                linter.add(file.getKey(), file.getValue().replace('¦', '\n').getBytes(StandardCharsets.UTF_8), FOLDER));
        return linter.report().problems();
    }
}
