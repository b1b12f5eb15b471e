package crosvm.vmm.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConsoleLogTest {
    private static final Instant START = Instant.parse("2026-11-24T08:44:17.123Z");

    @TempDir
    Path folder;

    private Instant now = START;

    private Path file() {
        return folder.resolve("console.log");
    }

    private ConsoleLog open() {
        return ConsoleLog.open(file(), () -> now);
    }

    private static void write(ConsoleLog log, String text) throws IOException {
        log.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1)));
    }

    private static String read(ConsoleLogReader reader) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        reader.read(out);
        return out.toString(StandardCharsets.ISO_8859_1);
    }

    private String readAll(Instant since, boolean times) throws IOException {
        try (ConsoleLogReader reader = new ConsoleLogReader(file(), since, times)) {
            return read(reader);
        }
    }

    @Test
    void writesEachLineBehindTheTimeOfItsFirstByte() throws IOException {
        try (ConsoleLog log = open()) {
            write(log, "boot");
            now = now.plusMillis(1_900);
            write(log, "ing\r\nlogin: ");
        }
        assertThat(file()).hasContent("2026-11-24T08:44:17.123Z booting\r\n2026-11-24T08:44:19.023Z login: ");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
                .isEqualTo("rw-------");
        assertThat(readAll(Instant.MIN, false)).isEqualTo("booting\r\nlogin: ");
        assertThat(readAll(START.plusMillis(1), false)).isEqualTo("login: ");
        assertThat(readAll(START.plusMillis(1), true)).isEqualTo("2026-11-24T08:44:19.023Z login: ");
    }

    @Test
    void goesOnOnALineOfItsOwnBehindAnEarlierMachine() throws IOException {
        try (ConsoleLog log = open()) {
            write(log, "killed in the mid");
        }
        try (ConsoleLog log = open()) {
            write(log, "next\n");
        }
        assertThat(readAll(Instant.MIN, false)).isEqualTo("killed in the mid\nnext\n");
    }

    @Test
    void keepsEveryByteOfAnySortThroughRotationsAndIsFollowed() throws IOException {
        Random random = new Random(2);
        StringBuilder written = new StringBuilder();
        StringBuilder followed = new StringBuilder();
        try (ConsoleLog log = open();
                ConsoleLogReader reader = new ConsoleLogReader(file(), Instant.MIN, false)) {
            while (written.length() < 3 * ConsoleLog.FILE_BYTES) {
                byte[] bytes = new byte[random.nextInt(30_000)];
                random.nextBytes(bytes); // A newline in 256 bytes.
                String text = new String(bytes, StandardCharsets.ISO_8859_1);
                written.append(text);
                write(log, text);
                if (random.nextInt(30) == 0) {
                    followed.append(read(reader));
                }
            }
            followed.append(read(reader));
        }
        assertThat(followed.compareTo(written)).as("followed").isZero();
        assertThat(readAll(Instant.MIN, false).contentEquals(written))
                .as("read afterwards")
                .isTrue();
        for (int age = 1; age <= 3; age++) {
            byte[] old = Files.readAllBytes(ConsoleLog.aged(file(), age));
            assertThat(old[old.length - 1])
                    .as("file %d ends with a whole line", age)
                    .isEqualTo((byte) '\n');
        }
    }

    @Test
    void isBoundedAndGoesOnFromTheOldestForAReaderThatFellBehind() throws IOException {
        String line = "x".repeat(999) + "\n";
        try (ConsoleLog log = open();
                ConsoleLogReader reader = new ConsoleLogReader(file(), Instant.MIN, false)) {
            write(log, "the first\n");
            assertThat(read(reader)).isEqualTo("the first\n");
            for (int i = 0; i < 8_000; i++) {
                write(log, i + line);
            }
            String rest = read(reader);
            assertThat(rest.startsWith("0xx")).as("begins where it was").isTrue();
            assertThat(rest.endsWith("7999" + line))
                    .as("ends with the last line")
                    .isTrue();
            assertThat(rest.contains("\n1100xx"))
                    .as("misses what has been deleted")
                    .isFalse();
            assertThat(rest.length()).isGreaterThan(4 * ConsoleLog.FILE_BYTES);
        }
        try (var files = Files.list(folder)) {
            List<Path> all = files.toList();
            assertThat(all).hasSize(1 + ConsoleLog.OLD_FILES);
            assertThat(all).allSatisfy(path -> assertThat(Files.size(path)).isLessThan(ConsoleLog.FILE_BYTES + 2_000));
        }
    }

    @Test
    void cutsALineThatIsLongerThanAFileWithoutLosingAny() throws IOException {
        String endless = "0123456789".repeat(ConsoleLog.FILE_BYTES / 4);
        try (ConsoleLog log = open()) {
            write(log, endless);
        }
        assertThat(readAll(Instant.MIN, false).equals(endless)).isTrue();
        assertThat(Files.size(file())).isLessThan(2 * ConsoleLog.FILE_BYTES);
    }

    @Test
    void waitsForALogThatIsNotThereYet() throws IOException {
        try (ConsoleLogReader reader = new ConsoleLogReader(file(), Instant.MIN, false)) {
            assertThat(read(reader)).isEmpty();
            try (ConsoleLog log = open()) {
                write(log, "now\n");
                assertThat(read(reader)).isEqualTo("now\n");
            }
        }
    }

    @Test
    void notesWhatAFullDiskCost() throws IOException {
        boolean[] full = {true};
        StringBuilder file = new StringBuilder();
        OutputFile disk = new OutputFile() {
            @Override
            public String name() {
                return "disk";
            }

            @Override
            public void write(ByteBuffer bytes) throws IOException {
                if (full[0]) {
                    throw new IOException("No space left on device");
                }
                file.append(StandardCharsets.ISO_8859_1.decode(bytes));
            }

            @Override
            public void close() {}
        };
        try (Recorder recorder = new Recorder(disk)) {
            recorder.write(ByteBuffer.wrap(new byte[40]));
            recorder.write(ByteBuffer.wrap(new byte[2]));
            full[0] = false;
            recorder.write(ByteBuffer.wrap("on".getBytes(StandardCharsets.US_ASCII)));
        }
        assertThat(file).hasToString("\r\n[crosvm: 42 bytes of output could not be written here]\r\non");
    }
}
