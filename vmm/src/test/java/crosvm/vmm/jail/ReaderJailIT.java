package crosvm.vmm.jail;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.seccomp.policy.Policy;
import crosvm.vmm.VmmException;
import crosvm.vmm.linux.Fd;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Under the policy of grub-fstest: programs that do with the file what an image could make that do. */
class ReaderJailIT {
    private static final int SECONDS = 120;
    private static final Path GRUB = Path.of("../seccomp/x86_64/grub_fstest.policy");

    /** What cat and perl do besides, none of it about processes or what is outside. */
    private static final String MORE = "\nfadvise64: 1\nfcntl: 1\nrt_sigaction: 1\nrt_sigprocmask: 1"
            + "\ngetpid: 1\ngetuid: 1\ngeteuid: 1\ngetgid: 1\ngetegid: 1\n";

    @TempDir
    Path folder;

    private Path file = Path.of("");
    private Policy policy = JailPolicy.load(null, "grub", List.of("grub_fstest.policy"));

    @BeforeEach
    void writeAFile() throws IOException {
        Files.writeString(folder.resolve("reader.policy"), Files.readString(GRUB) + MORE);
        policy = JailPolicy.load(folder, "reader", List.of("reader.policy"));
        write("content\n");
    }

    private void write(String content) throws IOException {
        Path made = Files.writeString(folder.resolve("new"), content);
        Files.setPosixFilePermissions(made, PosixFilePermissions.fromString("r--------"));
        file = Files.move(made, folder.resolve("a file"), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    }

    private String run(OutputStream out, long limit, int seconds, String... command) throws IOException {
        try (ReaderJail jail = ReaderJail.over(file, policy)) {
            return jail.run(List.of(command), out, limit, seconds);
        }
    }

    private String run(String... command) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        String failure = run(out, 1 << 20, SECONDS, command);
        return out.toString(StandardCharsets.UTF_8) + failure;
    }

    /** The file is a program for perl, which so is in the hands of whoever has made it. */
    private String perl(String script) throws IOException {
        write("BEGIN { $| = 1 } print qq(begins\\n);" + script);
        return run("/usr/bin/perl", ReaderJail.FILE);
    }

    @Test
    void showsTheFileAndNothingElse() throws IOException {
        assertThat(run("/bin/cat", ReaderJail.FILE)).isEqualTo("content\n");
        assertThat(perl("for (qw(/etc/passwd /usr/bin/cat / /proc/self/status)) { open(F, $_) and print }"))
                .isEqualTo("begins\n");
    }

    /** The file's content, fetched when it is read into a file of holes. */
    private String fetching(String content, boolean works, String... command) throws IOException {
        Path holes = folder.resolve("holes");
        Files.deleteIfExists(holes);
        try (RandomAccessFile made = new RandomAccessFile(holes.toFile(), "rw")) {
            made.setLength(content.length());
            ReadAhead fetch = (position, length) -> {
                int from = (int) Math.min(position, content.length());
                try {
                    made.seek(from);
                    made.writeBytes(content.substring(from, (int) Math.min(from + length, content.length())));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                return works;
            };
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            try (ReaderJail jail = ReaderJail.over("content", Fd.open(holes.toString(), Fd.O_RDONLY), fetch, policy)) {
                String said = jail.run(List.of(command), out, 1 << 20, SECONDS);
                return out.toString(StandardCharsets.UTF_8) + said;
            }
        }
    }

    @Test
    void fetchesWhatTheProgramReads() throws IOException {
        String content = "BEGIN { $| = 1 } print qq(begins\\n);" + " ".repeat(20_000)
                + "open(F, '<', '" + ReaderJail.FILE + "'); sysseek(F, 30, 0); sysread(F, $a, 3); print qq($a\\n);"
                + " $n = syscall(17, fileno(F), $b = 'x' x 4, 4, 1); print qq($b\\n);"
                + " print syscall(0, fileno(F), $b, 1 << 40), qq(\\n);";
        assertThat(fetching(content, true, "/bin/cat", ReaderJail.FILE)).isEqualTo(content);
        assertThat(fetching(content, true, "/usr/bin/perl", ReaderJail.FILE))
                .as("by read, by pread, and by a read that is too long")
                .isEqualTo("begins\n" + content.substring(30, 33) + "\nEGIN\n-1\n");
        assertThat(fetching(content, false, "/bin/cat", ReaderJail.FILE)).contains("Input/output error");
    }

    @Test
    void staysWithTheFileThatWasOpenedWhenItsPathBecomesAnother() throws IOException {
        try (ReaderJail jail = ReaderJail.over(file, policy)) {
            write("another\n");
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            assertThat(jail.run(List.of("/bin/cat", ReaderJail.FILE), out, 1 << 20, SECONDS))
                    .isEmpty();
            assertThat(out).hasToString("content\n");
        }
    }

    @Test
    void killsAProgramThatMakesANamespaceAProcessOrASocket() {
        // By their numbers, of x86-64.
        Map<String, String> calls = Map.of(
                "unshare", "syscall(272, 0x10000000)",
                "clone", "fork()",
                "socket", "syscall(41, 1, 1, 0)",
                "ptrace", "syscall(101, 0, 0, 0, 0)",
                "bpf", "syscall(321, 0, 0, 0)",
                "io_uring_setup", "syscall(425, 1, 0)",
                "keyctl", "syscall(250, 0, 0, 0)",
                "execve", "exec('/bin/true')");
        calls.forEach((name, call) -> assertThatThrownBy(() -> perl(call + "; print qq(goes on\n)"))
                .as(call)
                .isInstanceOf(VmmException.class)
                .hasMessageContaining("was killed for the system call " + name + "("));
    }

    /** The jailed process, as the kernel shows it while we do not take what it writes. */
    private static Path jailed() throws IOException {
        List<Path> found = new ArrayList<>();
        try (Stream<ProcessHandle> all = ProcessHandle.current().descendants()) {
            for (ProcessHandle process : all.toList()) {
                Path proc = Path.of("/proc", Long.toString(process.pid()));
                if (Files.readString(proc.resolve("comm")).strip().equals("cat")) {
                    found.add(proc);
                }
            }
        }
        assertThat(found).hasSize(1);
        return found.get(0);
    }

    /** Looks at the process, which waits because its pipe is full. */
    private abstract static class Looking extends OutputStream {
        private boolean looked;

        abstract void look() throws IOException;

        @Override
        public void write(int one) throws IOException {
            write(new byte[] {(byte) one}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            if (!looked) {
                looked = true;
                look();
            }
        }
    }

    @Test
    void runsWithoutAnyCapabilityBoundByAFilterAsNobodyOfOurs() throws IOException {
        write("x".repeat(1 << 20));
        List<String> status = new ArrayList<>();
        List<String> limits = new ArrayList<>();
        assertThat(run(
                        new Looking() {
                            @Override
                            void look() throws IOException {
                                Path proc = jailed();
                                status.addAll(Files.readAllLines(proc.resolve("status")));
                                limits.addAll(Files.readAllLines(proc.resolve("limits")));
                            }
                        },
                        1 << 21,
                        SECONDS,
                        "/bin/cat",
                        ReaderJail.FILE))
                .isEmpty();
        assertThat(status)
                .contains("Seccomp:\t2", "NoNewPrivs:\t1")
                .contains("CapBnd:\t0000000000000000", "CapPrm:\t0000000000000000", "CapEff:\t0000000000000000")
                .anyMatch(line -> line.matches("NSpid:\t[0-9]+\t1"));
        if (JailedProcess.isRoot()) {
            assertThat(status).noneMatch(line -> line.matches("Uid:\\t.*\\b0\\b.*"));
        }
        assertThat(limits)
                .anyMatch(line -> line.matches("Max file size +0 .*"))
                .anyMatch(line -> line.matches("Max processes +[0-9]+ .*"));
    }

    @Test
    void killsTheProgramItselfWhenItTakesTooLong() {
        List<ProcessHandle> seen = new ArrayList<>();
        assertThatThrownBy(() -> {
                    write("x".repeat(1 << 20));
                    run(
                            new Looking() {
                                @Override
                                void look() throws IOException {
                                    ProcessHandle process = ProcessHandle.of(Long.parseLong(
                                                    jailed().getFileName().toString()))
                                            .orElseThrow();
                                    seen.add(process);
                                    process.onExit()
                                            .orTimeout(SECONDS, TimeUnit.SECONDS)
                                            .join();
                                }
                            },
                            1 << 21,
                            10,
                            "/bin/cat",
                            ReaderJail.FILE);
                })
                .isInstanceOf(VmmException.class)
                .hasMessageContaining("has not ended within 10 s");
        // None was seen when it had not even started by then.
        assertThat(seen).noneMatch(ProcessHandle::isAlive);
    }

    @Test
    void endsAProgramThatWritesTooMuch() throws IOException {
        write("x".repeat(1 << 20));
        assertThatThrownBy(() -> run(new ByteArrayOutputStream(), 1 << 19, SECONDS, "/bin/cat", ReaderJail.FILE))
                .isInstanceOf(VmmException.class)
                .hasMessageContaining("more than 524288 bytes");
    }

    @Test
    void passesOnWhatTheProgramSaysWhenItFails() throws IOException {
        assertThat(perl("print STDERR qq(no such \\033[31mthing\\n); exit 3")).isEqualTo("begins\nno such  [31mthing");
        assertThat(perl("exit 3")).isEqualTo("begins\nit ended with status 3");
        assertThatThrownBy(() -> run("/bin/cat", "/nowhere"))
                .isInstanceOf(VmmException.class)
                .hasMessageContaining("/nowhere: No such file or directory");
    }
}
