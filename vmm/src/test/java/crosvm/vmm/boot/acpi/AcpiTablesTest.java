package crosvm.vmm.boot.acpi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.vmm.boot.BootLayout;
import crosvm.vmm.memory.GuestMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AcpiTablesTest {
    private static final long GIB = 1L << 30;
    private final AcpiTables tables = new AcpiTables(AcpiMachine.of(2, GIB));

    @Test
    void theRootPointerLeadsToEveryTable() {
        try (GuestMemory memory = GuestMemory.allocate(2 << 20)) {
            long rsdp = tables.write(memory);
            assertThat(rsdp).isEqualTo(0xe_0000);
            assertThat(text(memory, rsdp, 8)).isEqualTo("RSD PTR ");
            assertThat(sum(memory, rsdp, 20)).isZero();
            assertThat(sum(memory, rsdp, 36)).isZero();
            List<String> found = new ArrayList<>();
            long xsdt = checkedTable(memory, memory.u64(rsdp + 24), found);
            for (long at = xsdt + 36; at < xsdt + memory.u32(xsdt + 4); at += 8) {
                long table = checkedTable(memory, memory.u64(at), found);
                if (text(memory, table, 4).equals("FACP")) {
                    checkedTable(memory, memory.u64(table + 140), found);
                    assertThat(memory.u32(table + Fadt.DSDT_AT)).isEqualTo((int) memory.u64(table + 140));
                    assertThat(text(memory, memory.u32(table + Fadt.FACS_AT), 4))
                            .isEqualTo("FACS");
                    assertThat(memory.u32(table + Fadt.FACS_AT) % 64).isZero();
                }
            }
            assertThat(found).containsExactly("XSDT", "FACP", "DSDT", "APIC", "MCFG");
        }
    }

    @Test
    void theFadtSaysWhereTheRegistersAre() {
        ByteBuffer fadt = ByteBuffer.wrap(tables.table("FACP")).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(fadt.capacity()).isEqualTo(Fadt.LENGTH);
        assertThat(fadt.getShort(46)).as("SCI").isEqualTo((short) 9);
        assertThat(fadt.getInt(56)).as("PM1a event").isEqualTo(0x600);
        assertThat(fadt.getInt(64)).as("PM1a control").isEqualTo(0x604);
        assertThat(fadt.getInt(76)).as("PM timer").isEqualTo(0x608);
        assertThat(fadt.getInt(112)).as("flags").isEqualTo(0x1565);
        assertThat(fadt.getLong(120)).as("reset register").isEqualTo(0xcf9);
        assertThat(fadt.get(128)).as("reset value").isEqualTo((byte) 6);
        assertThat(fadt.getLong(148 + 4)).as("X PM1a event").isEqualTo(0x600);
        assertThat(fadt.getLong(172 + 4)).as("X PM1a control").isEqualTo(0x604);
        assertThat(fadt.getLong(208 + 4)).as("X PM timer").isEqualTo(0x608);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 64, 300})
    void theMadtListsEveryProcessorOnce(int cpus) {
        ByteBuffer madt = ByteBuffer.wrap(new AcpiTables(AcpiMachine.of(cpus, GIB)).table("APIC"))
                .order(ByteOrder.LITTLE_ENDIAN);
        List<Integer> ids = new ArrayList<>();
        for (int at = 44; at < madt.capacity(); at += madt.get(at + 1)) {
            if (madt.get(at) == 0) {
                ids.add(Byte.toUnsignedInt(madt.get(at + 3)));
            } else if (madt.get(at) == 9) {
                ids.add(madt.getInt(at + 4));
            }
        }
        assertThat(ids).hasSize(cpus).doesNotHaveDuplicates().startsWith(0).doesNotContain(-1);
        assertThat(ids.get(cpus - 1)).isEqualTo(cpus - 1);
    }

    @Test
    void refusesMoreProcessorsThanTablesHaveRoomFor() {
        assertThat(new AcpiTables(AcpiMachine.of(1024, GIB))).isNotNull();
        AcpiMachine huge = AcpiMachine.of(4096, GIB);
        assertThatThrownBy(() -> new AcpiTables(huge)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource({"0, 00", "1, 01", "2, 0a02", "255, 0aff", "256, 0b0001", "65536, 0c00000100", "-1, 0effffffffffffffff"})
    void integersTakeTheShortestForm(long value, String hex) {
        assertThat(Aml.bytes(List.of(Aml.integer(value))))
                .isEqualTo(HexFormat.of().parseHex(hex));
    }

    @ParameterizedTest
    @CsvSource({
        "\\_S5, 5c5f53355f",
        "COM1, 434f4d31",
        "\\_SB.PCI0, 5c2e5f53425f50434930",
        "A.B.C, 2f03415f5f5f425f5f5f435f5f5f"
    })
    void namesHaveSegmentsOfFourCharacters(String path, String hex) {
        assertThat(Aml.bytes(List.of(Aml.path(path)))).isEqualTo(HexFormat.of().parseHex(hex));
    }

    @ParameterizedTest
    @CsvSource({"10, 1, 0b", "62, 1, 3f", "63, 2, 4104", "4093, 2, 4fff", "4094, 3, 810001"})
    void packageLengthsCountThemselves(int content, int lengthBytes, String hex) {
        // Content of a buffer: its size as an integer (2 or 3 bytes), then the bytes.
        int data = content - (content - 2 <= 0xff ? 2 : 3);
        byte[] encoded = Aml.bytes(List.of(Aml.buffer(new byte[data])));
        assertThat(encoded).hasSize(1 + lengthBytes + content);
        assertThat(HexFormat.of().formatHex(encoded, 1, 1 + lengthBytes)).isEqualTo(hex);
    }

    @Test
    void eisaIdsAreCompressed() {
        assertThat(Aml.bytes(List.of(Aml.eisaId("PNP0A08")))).containsExactly(0x0c, 0x41, 0xd0, 0x0a, 0x08);
    }

    private static long checkedTable(GuestMemory memory, long address, List<String> found) {
        assertThat(address).isBetween(BootLayout.ACPI_START, BootLayout.SMBIOS_START);
        int length = memory.u32(address + 4);
        assertThat(sum(memory, address, length)).as("checksum").isZero();
        found.add(text(memory, address, 4));
        return address;
    }

    private static int sum(GuestMemory memory, long address, int length) {
        int sum = 0;
        for (int i = 0; i < length; i++) {
            sum += memory.u8(address + i);
        }
        return sum & 0xff;
    }

    private static String text(GuestMemory memory, long address, int length) {
        byte[] bytes = new byte[length];
        memory.read(address, bytes, 0, length);
        return new String(bytes, StandardCharsets.US_ASCII);
    }
}
