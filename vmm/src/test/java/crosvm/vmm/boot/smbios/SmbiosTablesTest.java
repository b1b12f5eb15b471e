package crosvm.vmm.boot.smbios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.vmm.VmmException;
import crosvm.vmm.boot.BootLayout;
import crosvm.vmm.memory.GuestMemory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The tables as dmidecode reads them. */
class SmbiosTablesTest {
    private static final int AREA = (int) (BootLayout.KERNEL_MIN - BootLayout.SMBIOS_START);
    /** Where a dump has its structure table, behind the entry point. */
    private static final int DUMPED_TABLE = 32;

    @TempDir
    private Path folder;

    @Test
    void areTakenByDmidecodeWithoutAComplaint() throws Exception {
        String said = dmidecode(List.of("io.systemd.credential:a=b", "second string"));
        assertThat(said)
                .contains("SMBIOS 3.5.0 present.")
                .contains("Vendor: crosvm", "System is a virtual machine")
                .contains("Product Name: crosvm virtual machine")
                .contains("String 1: io.systemd.credential:a=b", "String 2: second string")
                .contains("Status: No errors detected", "End Of Table")
                .doesNotContain("fully supported")
                .doesNotContainIgnoringCase("bad")
                .doesNotContainIgnoringCase("truncated")
                .doesNotContainIgnoringCase("out of spec")
                .doesNotContainIgnoringCase("invalid")
                .doesNotContainIgnoringCase("wrong");
    }

    @Test
    void haveNoOemStringsWhereNothingIsSaid() throws Exception {
        assertThat(dmidecode(List.of())).doesNotContain("OEM Strings").contains("End Of Table");
    }

    @Test
    void spreadMoreStringsThanAStructureTakesOverSeveral() throws Exception {
        List<String> strings = IntStream.range(0, 600).mapToObj(i -> "s" + i).toList();
        assertThat(dmidecode(strings)).contains("String 255: s254", "String 1: s255", "String 90: s599");
    }

    @Test
    void endBelowTheFirstMegabyteWithTheLargestStrings() throws Exception {
        String most = "x".repeat(SmbiosTables.MAX_OEM_BYTES - 1);
        assertThat(dmidecode(List.of(most))).contains(most);
        assertThatThrownBy(() -> new SmbiosTables(Collections.nCopies(2, most)))
                .isInstanceOf(VmmException.class)
                .hasMessage("guest: the credentials take 128000 bytes in SMBIOS strings, and 64000 are the most; "
                        + "hand large data to the guest by a disk or a share");
    }

    @Test
    void standOnASixteenByteBoundaryWhereKernelsSearch() {
        byte[] area = area(List.of());
        assertThat(BootLayout.SMBIOS_START % 16).isZero();
        assertThat(new String(area, 0, 5, StandardCharsets.US_ASCII)).isEqualTo("_SM3_");
        int sum = 0;
        for (int i = 0; i < area[6]; i++) {
            sum += area[i];
        }
        assertThat(sum & 0xff).isZero();
    }

    @Test
    void giveEachStructureAHandleOfItsOwnAndItsStringsInUtf8() throws Exception {
        String said = dmidecode(IntStream.range(0, 300).mapToObj(i -> "s" + i).toList());
        List<String> handles = said.lines()
                .filter(line -> line.startsWith("Handle "))
                .map(line -> line.substring(0, line.indexOf(',')))
                .toList();
        assertThat(handles).hasSize(7).doesNotHaveDuplicates();
        // In the table itself: dmidecode shows a dot for what is not ASCII.
        assertThat(new String(area(List.of("zone=Zürich")), StandardCharsets.UTF_8))
                .contains("\u0001zone=Zürich\0\0");
    }

    private static byte[] area(List<String> strings) {
        byte[] area = new byte[AREA];
        try (GuestMemory memory = GuestMemory.allocate(2 << 20)) {
            new SmbiosTables(strings).write(memory);
            memory.read(BootLayout.SMBIOS_START, area, 0, AREA);
        }
        return area;
    }

    /** What dmidecode says of the tables, which it takes as a dump of its own: the table behind the entry point, at 32. */
    private String dmidecode(List<String> strings) throws IOException, InterruptedException {
        ByteBuffer area = ByteBuffer.wrap(area(strings)).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(area.getLong(16)).isEqualTo(BootLayout.SMBIOS_START + DUMPED_TABLE);
        area.putLong(16, DUMPED_TABLE);
        area.put(5, (byte) 0);
        int sum = 0;
        for (int i = 0; i < area.get(6); i++) {
            sum += area.get(i);
        }
        area.put(5, (byte) -sum);
        Path dump = Files.write(folder.resolve("dump"), area.array());
        Path said = folder.resolve("said");
        Process process = new ProcessBuilder("/usr/sbin/dmidecode", "--from-dump", dump.toString())
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
        return Files.readString(said);
    }
}
