package crosvm.runner.bootentry;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.schema.model.DiskSpec;
import crosvm.vmm.storage.DiskContent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class PartitionTableTest {
    static final String ROOT = "4f68bce3-e8cd-4db1-96e7-fbcaf984b709";
    private static final String BIOS = "21686148-6449-6e6f-744e-656564454649";
    private static final String LINUX = "0fc63daf-8483-4772-8e79-3d69d8477de4";
    private static final String OWN = "9cf16da9-160d-428d-90a2-8045b7ea0591";

    @TempDir
    Path folder;

    /** A GPT with entries of these types, each 1 MiB further; their own UUIDs end with their numbers. */
    static ByteBuffer gpt(int size, String... types) {
        ByteBuffer disk = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
        disk.put(512, "EFI PART".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        disk.putLong(512 + 72, 2).putInt(512 + 80, 128).putInt(512 + 84, 128);
        for (int i = 0; i < types.length; i++) {
            int at = 1024 + 128 * i;
            putGuid(disk, at, types[i]);
            putGuid(disk, at + 16, OWN.substring(0, 35) + (i + 1));
            disk.putLong(at + 32, 2048L * (i + 1)).putLong(at + 40, 2048L * (i + 2) - 1);
        }
        return disk;
    }

    private static void putGuid(ByteBuffer disk, int at, String text) {
        UUID uuid = UUID.fromString(text);
        long high = uuid.getMostSignificantBits();
        disk.putInt(at, (int) (high >> 32))
                .putShort(at + 4, (short) (high >> 16))
                .putShort(at + 6, (short) high);
        disk.putLong(at + 8, Long.reverseBytes(uuid.getLeastSignificantBits()));
    }

    private PartitionTable read(ByteBuffer disk) throws IOException {
        Path file = Files.write(folder.resolve("disk"), disk.array());
        try (DiskContent content = DiskContent.open(new DiskSpec("disk", file, null, true, true))) {
            PartitionTable table = PartitionTable.of(content);
            assertThat(PartitionTable.ofJson(table.toJson().stream()
                            .map(entry -> Map.of(
                                    "number", ((Integer) entry.get("number")).longValue(),
                                    "uuid", entry.get("uuid"),
                                    "type", entry.get("type")))
                            .toList()))
                    .isEqualTo(table);
            return table;
        }
    }

    @Test
    void findsTheRootByItsTypeOrAsTheOnlyLinux() throws IOException {
        assertThat(read(gpt(8 << 20, BIOS, LINUX, ROOT)).root().uuid()).isEqualTo(OWN.substring(0, 35) + "3");
        assertThat(read(gpt(8 << 20, BIOS, LINUX)).root().number()).isEqualTo(2);
        assertThat(read(gpt(8 << 20, LINUX, LINUX)).root()).isNull();
        assertThat(read(gpt(8 << 20, BIOS)).root().number()).isOne();
    }

    @Test
    void readsAnMbr() throws IOException {
        ByteBuffer disk = ByteBuffer.allocate(4 << 20).order(ByteOrder.LITTLE_ENDIAN);
        disk.putShort(510, (short) 0xaa55).putInt(440, 0x0abcdef1);
        disk.put(446, (byte) 0x80)
                .put(446 + 4, (byte) 0x83)
                .putInt(446 + 8, 2048)
                .putInt(446 + 12, 2048);
        assertThat(read(disk).root().uuid()).isEqualTo("0abcdef1-01");
        disk.putShort(1024 + 56, (short) 0xef53);
        assertThat(read(disk).partitions())
                .as("an ext file system on the whole disk")
                .isEmpty();
        disk.putShort(1024 + 56, (short) 0).put(446, (byte) 7);
        assertThat(read(disk).partitions())
                .as("a boot sector that has no table in it")
                .isEmpty();
    }

    @Test
    @Timeout(60)
    void endsWithWhateverStandsThere() throws IOException {
        assertThat(read(ByteBuffer.allocate(0)).partitions()).isEmpty();
        assertThat(read(ByteBuffer.allocate(4096)).partitions()).isEmpty();
        assertThat(read(gpt(2048, LINUX)).partitions()).hasSize(1);
        ByteBuffer huge = gpt(1 << 20, LINUX);
        huge.putInt(512 + 80, -1).putInt(512 + 84, 1 << 30).putLong(512 + 72, Long.MAX_VALUE);
        assertThat(read(huge).partitions()).isEmpty();
        Random random = new Random(7);
        for (int i = 0; i < 200; i++) {
            ByteBuffer noise = gpt(64 << 10, LINUX, ROOT);
            for (int j = 0; j < 50; j++) {
                noise.put(512 + 8 + random.nextInt(1500), (byte) random.nextInt());
            }
            assertThat(read(noise).partitions().size()).isLessThanOrEqualTo(1024);
        }
    }
}
