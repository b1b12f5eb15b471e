package crosvm.vmm.jail;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import crosvm.seccomp.policy.SyscallTable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A jail as the kernel shows it, on every JDK of this machine, started by root and by an ordinary user. */
class JailedProcessJailIT {

    private static final String ORDINARY = "1234";

    @TempDir
    static Path folder;

    static Stream<Arguments> starters() throws IOException {
        List<Path> jdks = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"))));
        Path other = Path.of("/usr/lib/jvm/temurin-25-jdk-amd64");
        if (Files.isDirectory(other) && !other.equals(jdks.get(0))) {
            jdks.add(other);
        }
        boolean root = Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
        List<String> users = root ? List.of("", ORDINARY) : List.of("");
        return jdks.stream().flatMap(jdk -> users.stream().map(user -> Arguments.of(jdk, user)));
    }

    private static HostProcess start(Path jdk, String user) throws IOException {
        assumeTrue(!"0".equals(read("/proc/sys/user/max_user_namespaces")), "this machine forbids user namespaces");
        return HostProcess.start(jdk, user, folder);
    }

    private static String read(String path) {
        try {
            return Files.readString(Path.of(path), StandardCharsets.ISO_8859_1).strip();
        } catch (IOException e) {
            return "";
        }
    }

    private static List<String> ofThreads(long pid, String field) throws IOException {
        List<String> values = new ArrayList<>();
        try (Stream<Path> threads = Files.list(Path.of("/proc/" + pid + "/task"))) {
            for (Path thread : threads.toList()) {
                read(thread + "/status")
                        .lines()
                        .filter(line -> line.startsWith(field + ":"))
                        .forEach(line ->
                                values.add(line.substring(field.length() + 1).strip()));
            }
        }
        return values;
    }

    @ParameterizedTest
    @MethodSource("starters")
    void isTightInEveryThreadAndWorks(Path jdk, String user) throws Exception {
        try (HostProcess host = start(jdk, user)) {
            long pid = host.jailed;
            assertThat(ofThreads(pid, "Seccomp")).hasSizeGreaterThan(8).containsOnly("2");
            assertThat(ofThreads(pid, "NoNewPrivs")).containsOnly("1");
            for (String set : List.of("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")) {
                assertThat(ofThreads(pid, set)).as(set).containsOnly("0000000000000000");
            }
            for (String space : List.of("user", "pid", "mnt", "net", "ipc", "uts")) {
                Path ours = Files.readSymbolicLink(Path.of("/proc/self/ns/" + space));
                assertThat(Files.readSymbolicLink(Path.of("/proc/" + pid + "/ns/" + space)))
                        .as(space)
                        .isNotEqualTo(ours);
            }
            assertThat(ofThreads(pid, "NSpid")).allMatch(line -> line.split("\\s+").length == 2);
            assertThat(Files.list(Path.of("/proc/" + pid + "/root/")))
                    .as("files in its root")
                    .isEmpty();
            assertThat(key("/proc/" + pid + "/cwd"))
                    .as("its working folder is its root")
                    .isEqualTo(key("/proc/" + pid + "/root"));
            assertThat(read("/proc/" + pid + "/mountinfo"))
                    .doesNotContain("\n")
                    .contains(" / / ro,")
                    .contains("- tmpfs jail ro");
            assertThat(read("/proc/" + pid + "/net/dev")
                            .lines()
                            .skip(2)
                            .map(line -> line.strip().split(":")[0]))
                    .containsExactly("lo");
            String limits = read("/proc/" + pid + "/limits");
            assertThat(limits).containsPattern("Max core file size +0 +0");
            assertThat(limits).containsPattern("Max file size +8192 ").containsPattern("Max data size +268435456 ");
            assertThat(limits).containsPattern("Max open files +256 +256").containsPattern("Max processes +64 +64");
            String uid = ofThreads(pid, "Uid").get(0).split("\\s+")[0];
            if (user.isEmpty() && root()) {
                assertThat(Integer.parseInt(uid)).as("nobody else's").isGreaterThanOrEqualTo(JailUser.FIRST);
                assertThat(ofThreads(pid, "Gid")).containsOnly(String.join("\t", uid, uid, uid, uid));
                assertThat(ofThreads(pid, "Groups")).containsOnly("");
            } else {
                assertThat(uid).as("never root").isEqualTo(user.isEmpty() ? me() : user);
            }
            assertDescriptors(pid, jdk);
            assertThat(host.ask("io 2000")).startsWith("done ");
            assertThat(host.end()).as("what the jailed process copied").isEqualTo("DATA 1122334455667788");
            assertGone(pid, host.launcher);
        }
    }

    private static Object key(String path) throws IOException {
        return Files.readAttributes(Path.of(path), BasicFileAttributes.class).fileKey();
    }

    private static boolean root() throws IOException {
        return me().equals("0");
    }

    private static String me() throws IOException {
        return Files.getAttribute(Path.of("/proc/self"), "unix:uid").toString();
    }

    /** 0 to 6 as handed over; above only what the JVM itself keeps open, read-only: its modules and its jars. */
    private static void assertDescriptors(long pid, Path jdk) throws Exception {
        Map<Integer, String> open = descriptors(pid);
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        // It closes its filter's notifications once it has handed them over, while the host goes on.
        while (open.containsValue("anon_inode:seccomp notify") && System.nanoTime() < end) {
            Thread.sleep(10);
            open = descriptors(pid);
        }
        assertThat(open.get(0)).isEqualTo("/dev/null");
        assertThat(open.get(JailDoor.SOCKET)).startsWith("socket:");
        assertThat(open.get(4)).isEqualTo("anon_inode:[eventfd]");
        assertThat(open.get(5)).isEqualTo("anon_inode:[eventfd]");
        assertThat(open.get(6)).startsWith("/memfd:disk");
        String home = jdk.toRealPath().toString();
        open.forEach((number, target) -> {
            if (number > 6) {
                assertThat(target)
                        .as("descriptor %d", number)
                        .containsPattern("^(/dev/null|" + home + "/lib/modules|" + folder + "/class-path-[0-9]+.jar)$");
                if (!target.equals("/dev/null")) {
                    assertThat(read("/proc/" + pid + "/fdinfo/" + number))
                            .as("only for reading")
                            .containsPattern("flags:\t0[0-7]*0\n");
                }
            }
        });
    }

    private static Map<Integer, String> descriptors(long pid) throws IOException {
        Map<Integer, String> open = new TreeMap<>();
        try (Stream<Path> fds = Files.list(Path.of("/proc/" + pid + "/fd"))) {
            for (Path fd : fds.toList()) {
                open.put(
                        Integer.parseInt(fd.getFileName().toString()),
                        Files.readSymbolicLink(fd).toString());
            }
        }
        return open;
    }

    @ParameterizedTest
    @MethodSource("starters")
    void diesWithTheVmm(Path jdk, String user) throws Exception {
        try (HostProcess host = start(jdk, user)) {
            host.kill();
            assertGone(host.jailed, host.launcher);
        }
    }

    @ParameterizedTest
    @MethodSource("starters")
    void diesByNameOfWhatItMayNotDo(Path jdk, String user) throws Exception {
        for (String call : List.of("execve", "socket", "connect", "kill", "mount", "ptrace")) {
            try (HostProcess host = start(jdk, user)) {
                assertThat(host.ask("call " + number("openat")))
                        .as("no file to be found")
                        .isEqualTo("errno 2");
                assertThat(host.ask("call " + number(call)))
                        .as(call)
                        .contains(" was killed for the system call " + call + "(")
                        .endsWith(", which block_device.policy forbids; \"" + call + ": 1\" there would allow it");
                assertGone(host.jailed, host.launcher);
            }
        }
    }

    private static int number(String name) {
        return SyscallTable.byName(name).orElseThrow().number();
    }

    /** Within two seconds nothing runs any more; a zombie whose new parent has not looked yet is nothing. */
    private static void assertGone(long... pids) throws InterruptedException {
        long end = System.nanoTime() + 2_000_000_000L;
        boolean gone = false;
        while (!gone && System.nanoTime() < end) {
            Thread.sleep(10);
            gone = true;
            for (long pid : pids) {
                String status = read("/proc/" + pid + "/status");
                gone &= status.isEmpty() || status.contains("State:\tZ");
            }
        }
        assertThat(gone)
                .as("processes %s are gone", java.util.Arrays.toString(pids))
                .isTrue();
    }
}
