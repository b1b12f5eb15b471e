package crosvm.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands on another host, by the real ssh and sshd. */
class OtherHostProgramIT {
    @TempDir
    private Path folder;

    private SshdHost host;
    private Path here;

    @BeforeEach
    void setsUp() throws Exception {
        host = new SshdHost(folder);
        here = host.here();
    }

    private Program.Result script(String script) throws Exception {
        return host.script(script);
    }

    private void program(String name, String text) throws IOException {
        Path program = folder.resolve("there/bin").resolve(name);
        Files.writeString(program, "#!/bin/sh\n" + text);
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private Path carried(String name) throws IOException {
        try (Stream<Path> all = Files.walk(folder.resolve("there/state/crosvm/carried/from"))) {
            return all.filter(path -> path.endsWith(name)).findFirst().orElseThrow();
        }
    }

    @Test
    void carriesASpecAndItsFilesOverAndAgainOnlyWhatChanged() throws Exception {
        Files.writeString(here.resolve("vm.yaml"), """
                name: ${MACHINE}
                kernel: {builtin: hello}
                disks:
                  - {id: root, path: root.img}
                  - {id: other, path: %s/other.img}
                  - {id: data, path: sub/data.img, readOnly: false}
                """.formatted(here));
        Program.Result first = script("""
                mkdir sub; truncate -s 16M root.img; echo x | dd of=root.img bs=1 seek=9000000 conv=notrunc 2>/dev/null
                echo other >other.img; truncate -s 1M other.img; truncate -s 1M sub/data.img
                $crosvm up --check; echo "status $?\"""");
        assertThat(first.out()).as(first.err()).isEqualTo("web: can be started\nstatus 0\n");
        assertThat(first.err()).contains("there:22: sending 4 files, 18 MiB");
        Path image = carried("root.img");
        assertThat(Files.mismatch(image, here.resolve("root.img"))).isEqualTo(-1);
        assertThat(Program.script(folder, "du -k " + image + " | cut -f1").out().strip())
                .as("KiB of 16 MiB that are not holes")
                .hasSizeLessThan(4);
        assertThat(Files.readString(folder.resolve("argv"))).doesNotContain("web", "root.img");
        Object inode = Files.getAttribute(image, "unix:ino");

        Files.write(carried("data.img"), new byte[] {1}, StandardOpenOption.WRITE);
        Program.Result second = script("echo changed >other.img; truncate -s 1M other.img; $crosvm up --check");
        assertThat(second.out()).as(second.err()).isEqualTo("web: can be started\n");
        assertThat(second.err()).doesNotContain("sending");
        assertThat(Files.getAttribute(image, "unix:ino")).isEqualTo(inode);
        assertThat(Files.mismatch(carried("other.img"), here.resolve("other.img")))
                .isEqualTo(-1);
        assertThat(Files.readAllBytes(carried("data.img"))).hasSize(1 << 20).startsWith((byte) 1);
    }

    @Test
    void showsAndEndsTheMachinesOfThatHost() throws Exception {
        StateFile.running(folder.resolve("there/run"), "web");
        StateFile.running(folder, "local");
        Program.Result result = script("""
                $crosvm ps --format json; unset CROSVM_HOST; $crosvm --host=ssh://there status nosuch; echo "status $?\"""");
        assertThat(result.out())
                .as(result.err())
                .contains("\"web\"")
                .doesNotContain("local")
                .endsWith("status 1\n");
        assertThat(result.err()).contains("crosvm: nosuch: no machine of that name has run");
    }

    @Test
    void takesNamesOfTheCurrentFoldersFleet() throws Exception {
        StateFile.ended(folder.resolve("there/run"), "shop-db", 0, "the guest powered off");
        Files.writeString(
                here.resolve("vm.yaml"),
                "name: shop\ninclude: [more.yaml]\nmachines: {db: {kernel: {builtin: hello}}}\n");
        Files.writeString(here.resolve("more.yaml"), "machines: {web: {kernel: {builtin: hello}}}\n");
        Program.Result result = script("$crosvm exec db true; $crosvm down web");
        assertThat(result.err().lines())
                .anySatisfy(line -> assertThat(line).startsWith("crosvm: shop-db: is not running; it ended "))
                .anySatisfy(line -> assertThat(line).contains("shop-web"));
    }

    @Test
    void handsBackOutputErrorAndStatusOfACommandInAGuest() throws Exception {
        Path state = StateFile.running(folder.resolve("there/run"), "web");
        Files.writeString(state.resolve("ssh_key"), "");
        Files.writeString(state.resolve("console.log"), "");
        program("ssh", """
                log=/dev/null
                while [ $# -gt 1 ]; do [ "$1" = -E ] && log=$2; shift; done
                /bin/sh -c "$1"; status=$?
                echo "debug1: Exit status $status" >"$log"; exit $status
                """);
        Program.Result result = script("""
                echo in | $crosvm exec web -- sh -c 'cat; echo err >&2; printf "%s|" "$@"; exit 3' sh 'a b' '$HOME' "it's"
                echo "status $?"; $crosvm exec web -- sh -c 'exit 255'; echo "status $?\"""");
        assertThat(result.out()).isEqualTo("in\na b|$HOME|it's|status 3\nstatus 255\n");
        assertThat(result.err()).isEqualTo("err\n");
    }

    @Test
    void tellsWhatSshSaysWhenThereIsNoWay() throws Exception {
        Program.Result result = script("""
                : >../key.pub
                $crosvm ps; echo "status $?"; $crosvm exec web true; echo "status $?\"""");
        assertThat(result.out()).isEqualTo("status 1\nstatus 125\n");
        assertThat(result.err().lines())
                .hasSize(2)
                .allSatisfy(line -> assertThat(line)
                        .contains("Permission denied (publickey). Try by hand: ssh -p 22 ", "@there crosvm version"));
    }

    @Test
    void tellsOfAMissingOrAnotherCrosvm() throws Exception {
        program("crosvm", "echo noise; echo 'crosvm receives, version 0.0.1'");
        assertThat(script("$crosvm ps").err())
                .matches(
                        "crosvm: ssh://.*: has version 0.0.1 of crosvm, and this is version .*; install the same version on both\n");
        program("crosvm", "echo 'Unknown command' >&2; exit 2");
        assertThat(script("$crosvm ps").err()).contains("has another version of crosvm");
        Files.delete(folder.resolve("there/bin/crosvm"));
        Program.Result none = script("$crosvm ps; echo $?; $crosvm exec web true; echo $?");
        assertThat(none.out()).isEqualTo("1\n125\n");
        assertThat(none.err().lines())
                .hasSize(2)
                .allSatisfy(line -> assertThat(line).contains("there is no crosvm on the PATH of its ssh sessions"));
    }

    @Test
    void refusesWhatCannotBeCarriedBeforeAnythingIsDone() throws Exception {
        Files.writeString(here.resolve("vm.yaml"), """
                name: web
                kernel: {builtin: hello}
                wayland: {socket: /run/wayland-0}
                shares: [{tag: src, path: .}]
                """);
        Program.Result result = script("$crosvm up -d; echo $?; $crosvm up; echo $?; $crosvm cp a web:b; echo $?");
        assertThat(result.out()).isEqualTo("1\n2\n1\n");
        assertThat(result.err())
                .contains(
                        "web: wayland: ",
                        "web: shares[0].path: " + here + ": a folder of this computer cannot be shared")
                .contains("crosvm up: on another host machines run in the background: add -d")
                .contains("crosvm: cp: cannot be done on another host");
        assertThat(folder.resolve("argv")).doesNotExist();
    }

    @Test
    void endsTheCommandThereWithTheOneHere() throws Exception {
        StateFile.running(folder.resolve("there/run"), "web");
        Program.Result result = script("""
                $crosvm events >events & crosvm=$!
                n=0; until grep -q present events || [ $n = 300 ]; do n=$((n + 1)); sleep 0.1; done
                kill $crosvm; wait $crosvm; echo "status $?"
                n=0; while kill -0 "$(cat ../pid)" 2>/dev/null && [ $n != 300 ]; do n=$((n + 1)); sleep 0.1; done
                echo "waited $((n / 300))\"""");
        assertThat(result.out()).isEqualTo("status 143\nwaited 0\n");
    }
}
