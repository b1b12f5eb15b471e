package crosvm.seccomp.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The shipped tables against the C headers of this machine. */
class TablesTest {

    private static final String HEADERS = """
            #define _GNU_SOURCE
            #include <errno.h>
            #include <fcntl.h>
            #include <sched.h>
            #include <signal.h>
            #include <time.h>
            #include <unistd.h>
            #include <sys/mman.h>
            #include <sys/socket.h>
            #include <sys/stat.h>
            #include <sys/uio.h>
            #include <sys/eventfd.h>
            #include <sys/epoll.h>
            #include <sys/timerfd.h>
            #include <sys/ioctl.h>
            #include <sys/prctl.h>
            #include <sys/random.h>
            #include <sys/resource.h>
            #include <linux/futex.h>
            #include <linux/if_tun.h>
            #include <linux/vhost.h>
            #include <linux/dma-buf.h>
            #include <linux/vm_sockets.h>
            #include <asm/unistd_64.h>
            #include <stdio.h>
            """;

    @TempDir
    Path folder;

    /** What gcc makes of names; those its headers do not define are left out. */
    private Map<String, Long> accordingToGcc(Iterable<String> names, String prefix) throws Exception {
        StringBuilder source = new StringBuilder(HEADERS).append("int main(void) {\n");
        for (String name : names) {
            source.append("#ifdef ").append(prefix).append(name).append('\n');
            source.append("printf(\"").append(name).append(" %lld\\n\", (long long)(");
            source.append(prefix).append(name).append("));\n#endif\n");
        }
        Files.writeString(folder.resolve("t.c"), source.append("return 0; }\n"));
        run("gcc", "-w", "-o", "t", "t.c");
        return run("./t")
                .lines()
                .map(line -> line.split(" "))
                .collect(Collectors.toMap(
                        words -> words[0], words -> Long.valueOf(words[1]), (a, b) -> a, TreeMap::new));
    }

    private String run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }

    private static void needsGcc() {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/gcc")), "no gcc on this machine");
    }

    @Test
    void everySystemCallOfTheHeadersIsKnownByTheirNumber() throws Exception {
        Path header = Path.of("/usr/include/x86_64-linux-gnu/asm/unistd_64.h");
        assumeTrue(Files.exists(header), "no " + header);
        Map<String, Integer> theirs = Files.readAllLines(header).stream()
                .filter(line -> line.startsWith("#define __NR_"))
                .map(line -> line.substring("#define __NR_".length()).split(" "))
                .collect(Collectors.toMap(words -> words[0], words -> Integer.valueOf(words[1])));
        assertThat(theirs).hasSizeGreaterThan(350);
        theirs.forEach((name, number) -> {
            assertThat(SyscallTable.byName(name))
                    .as(name)
                    .hasValueSatisfying(syscall -> assertThat(syscall.number()).isEqualTo(number));
            assertThat(SyscallTable.nameOf(number)).isEqualTo(name);
        });
    }

    @Test
    void constantsHaveTheValuesOfTheHeaders() throws Exception {
        needsGcc();
        Map<String, Long> theirs = accordingToGcc(NamedConstants.all().keySet(), "");
        theirs.remove("O_LARGEFILE"); // glibc's is 0 on 64 bits, the kernel's is 0x8000 (see the table)
        assertThat(theirs).hasSizeGreaterThan(700);
        assertThat(NamedConstants.all()).containsAllEntriesOf(theirs);
    }

    @Test
    void numbersAndNamesAreUnique() {
        assertThat(SyscallTable.all())
                .extracting(Syscall::name)
                .doesNotHaveDuplicates()
                .hasSizeGreaterThan(380);
        assertThat(SyscallTable.all()).extracting(Syscall::signature).allMatch(text -> text.matches("[il]{0,6}"));
        assertThat(SyscallTable.nameOf(12345)).isEqualTo("syscall 12345");
    }

    @Test
    void errnosHaveTheirUsualNames() {
        assertThat(NamedConstants.errnoName(11)).isEqualTo("EAGAIN");
        assertThat(NamedConstants.errnoName(35)).isEqualTo("EDEADLK");
        assertThat(NamedConstants.errnoName(38)).isEqualTo("ENOSYS");
        assertThat(NamedConstants.errnoName(4000)).isEqualTo("4000");
    }
}
