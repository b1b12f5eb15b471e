package crosvm.vmm.operation;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.schema.model.DiskLimit;
import crosvm.schema.model.DiskSpec;
import crosvm.schema.model.MemorySize;
import crosvm.vmm.module.kind.RawDiskControl;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is asked of a machine's disks, over a real control socket: three of them, of which the last is a raw one. */
@Timeout(120)
class DiskOperationsTest extends OperationsFixture {
    private final FakeDisk root = new FakeDisk("root");
    private final FakeDisk data = new FakeDisk("data");

    @Override
    void addDisks() {
        DiskSpec raw = new DiskSpec("raw", folder.resolve("raw.img"), null, false, false);
        guest.disks.add(root);
        guest.disks.add(data);
        guest.disks.add(new RawDiskControl(raw, bytes -> {}, () -> {}, () -> false));
    }

    @Test
    void limitsTheDiskOfThatIdAndLiftsItsLimit() throws IOException {
        assertThat(ask("disk-limit", "'id':'data','iops':500,'bandwidth':1048576"))
                .contains("\"result\":{\"id\":\"data\"}");
        assertThat(ask("disk-limit", "'id':'data','iops':1")).contains("\"result\":");
        assertThat(ask("disk-limit", "'id':'data','bandwidth':4096")).contains("\"result\":");
        assertThat(ask("disk-limit", "'id':'data'")).contains("\"result\":");
        assertThat(data.done)
                .containsExactly(
                        new DiskLimit(500, MemorySize.parse("1MiB")),
                        new DiskLimit(1, null),
                        new DiskLimit(null, new MemorySize(4096)),
                        DiskLimit.NONE);
        assertThat(root.done).isEmpty();
    }

    @Test
    void freezesTheDiskOfThatIdIntoTheFileOfThatPath() throws IOException {
        assertThat(ask("disk-snapshot", "'id':'root','file':'/images/x/../after.qcow2'"))
                .contains("\"result\":", "\"file\":\"/images/after.qcow2\"", "\"id\":\"root\"");
        assertThat(root.done).containsExactly(Path.of("/images/after.qcow2"));
        assertThat(data.done).isEmpty();
    }

    @Test
    void resizesTheDiskOfThatIdAndSaysWhatItHadBefore() throws IOException {
        assertThat(ask("disk-resize", "'id':'data','size':8192"))
                .contains("\"id\":\"data\"", "\"size\":8192", "\"before\":4096");
        assertThat(data.done).containsExactly(8192L);
    }

    @Test
    void passesOnWhyADiskRefusesAndShowsItsFailure() throws IOException {
        data.refusal = "no room";
        for (String words : new String[] {"disk-limit|", "disk-snapshot|,'file':'/x'", "disk-resize|,'size':512"}) {
            String[] parts = words.split("\\|", -1);
            assertThat(ask(parts[0], "'id':'data'" + parts[1])).as(parts[0]).contains("\"code\":\"failed\"", "no room");
        }
        assertThat(data.done).isEmpty();
        assertThat(ask("status", ""))
                .containsPattern("\"id\":\"root\",[^}]*\"failed\":false")
                .containsPattern("\"id\":\"data\",\"path\":\"/images/data\",\"size\":4096,[^}]*\"failed\":true");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "disk-limit    | 'id':'data','iops':0                   | bad-argument | from 1 to 2147483647",
                "disk-limit    | 'id':'data','iops':2147483648          | bad-argument | from 1 to 2147483647",
                "disk-limit    | 'id':'data','bandwidth':4095           | bad-argument | from 4096 to 1099511627776",
                "disk-limit    | 'id':'data','bandwidth':1099511627777  | bad-argument | from 4096 to 1099511627776",
                "disk-limit    | 'iops':1                               | bad-argument | id",
                "disk-limit    | 'id':'x'                               | not-found    | It has: root, data, raw",
                "disk-limit    | 'id':'raw','iops':1                    | not-possible | has none to change",
                "disk-snapshot | 'id':'data'                            | bad-argument | file",
                "disk-snapshot | 'id':'data','file':'after.qcow2'       | bad-argument | file: must be an absolute path",
                "disk-snapshot | 'id':'data','file':'/a\\u0000b'        | bad-argument | file: is not a path",
                "disk-snapshot | 'id':'x','file':'/x'                   | not-found    | It has: root, data, raw",
                "disk-snapshot | 'id':'raw','file':'/x'                 | not-possible | has no snapshots while its machine runs",
                "disk-resize   | 'id':'data','size':0                   | bad-argument | from 1 to",
            })
    void refusesWhatADiskCannotDo(String command, String arguments, String code, String words) throws IOException {
        assertThat(ask(command, arguments)).contains("\"code\":\"" + code + "\"", words);
        assertThat(data.done).isEmpty();
    }
}
