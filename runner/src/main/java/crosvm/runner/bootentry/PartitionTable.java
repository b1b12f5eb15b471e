package crosvm.runner.bootentry;

import crosvm.vmm.storage.DiskContent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The partitions of a disk: a GPT (UEFI 2.10 §5.3), or the four primary ones of an MBR. Of a disk that is not trusted:
 * whatever is in it, this ends with a list or without one.
 *
 * @param partitions in the order of their numbers; empty when the disk has no partition table
 */
record PartitionTable(List<Partition> partitions) {
    private static final int SECTOR = 512;
    private static final int MAX_GPT_ENTRIES = 1024;
    private static final int MAX_GPT_ENTRY = 4096;
    private static final int MBR_ENTRIES = 446;
    private static final int MBR_SIGNATURE = 440;
    private static final int EXT_MAGIC = 1024 + 56;
    private static final int BTRFS_MAGIC = (64 << 10) + 64;

    /** "Root Partition (amd64/x86_64)" of the Discoverable Partitions Specification (UAPI.2). */
    private static final String ROOT = "4f68bce3-e8cd-4db1-96e7-fbcaf984b709";

    private static final String LINUX = "0fc63daf-8483-4772-8e79-3d69d8477de4";
    private static final String MBR_LINUX = "83";

    /**
     * A partition.
     *
     * @param number from 1
     * @param uuid as Linux takes it behind {@code PARTUUID=}
     * @param type a GPT's GUID, or an MBR's byte in hex
     */
    record Partition(int number, String uuid, String type) {}

    static PartitionTable of(DiskContent disk) throws IOException {
        List<Partition> gpt = gpt(disk);
        return new PartitionTable(gpt == null ? mbr(disk) : gpt);
    }

    /** One that {@link #toJson} wrote; what is not of that kind is left out. */
    static PartitionTable ofJson(@Nullable Object json) {
        List<Partition> found = new ArrayList<>();
        for (Object entry : json instanceof List<?> list ? list : List.of()) {
            if (entry instanceof Map<?, ?> map && map.get("number") instanceof Long number) {
                found.add(new Partition(
                        number.intValue(), String.valueOf(map.get("uuid")), String.valueOf(map.get("type"))));
            }
        }
        return new PartitionTable(found);
    }

    /** As values that JSON has. */
    List<Map<String, Object>> toJson() {
        return partitions.stream()
                .map(each -> Map.<String, Object>of("number", each.number(), "uuid", each.uuid(), "type", each.type()))
                .toList();
    }

    private static ByteBuffer read(DiskContent disk, long position, int length) throws IOException {
        return disk.read(position, length).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Null when it has none. */
    private static @Nullable List<Partition> gpt(DiskContent disk) throws IOException {
        ByteBuffer header = read(disk, SECTOR, SECTOR);
        byte[] signature = new byte[8];
        header.get(0, signature);
        if (!new String(signature, StandardCharsets.ISO_8859_1).equals("EFI PART")) {
            return null;
        }
        long table = header.getLong(72);
        int count = header.getInt(80);
        int size = header.getInt(84);
        boolean sound = count >= 0
                && count <= MAX_GPT_ENTRIES
                && size >= 128
                && size <= MAX_GPT_ENTRY
                && table > 0
                && table < disk.size() / SECTOR;
        List<Partition> found = new ArrayList<>();
        for (int i = 0; sound && i < count; i++) {
            ByteBuffer entry = read(disk, table * SECTOR + (long) i * size, 128);
            String type = guid(entry, 0);
            if (!type.startsWith("00000000-0000")) {
                found.add(new Partition(i + 1, guid(entry, 16), type));
            }
        }
        return found;
    }

    /** The first three fields are little-endian, the last two are not. */
    private static String guid(ByteBuffer bytes, int at) {
        long high = (bytes.getInt(at) & 0xffffffffL) << 32
                | (bytes.getShort(at + 4) & 0xffffL) << 16
                | bytes.getShort(at + 6) & 0xffffL;
        return new UUID(high, Long.reverseBytes(bytes.getLong(at + 8))).toString();
    }

    private static List<Partition> mbr(DiskContent disk) throws IOException {
        ByteBuffer sector = read(disk, 0, SECTOR);
        List<Partition> found = new ArrayList<>();
        if ((sector.getShort(510) & 0xffff) != 0xaa55 || isFileSystem(disk)) {
            return found;
        }
        long sectors = disk.size() / SECTOR;
        String signature = String.format(Locale.ROOT, "%08x", sector.getInt(MBR_SIGNATURE));
        for (int i = 0; i < 4; i++) {
            int at = MBR_ENTRIES + 16 * i;
            int status = sector.get(at) & 0xff;
            int type = sector.get(at + 4) & 0xff;
            long first = sector.getInt(at + 8) & 0xffffffffL;
            long length = sector.getInt(at + 12) & 0xffffffffL;
            if (status != 0 && status != 0x80) {
                return List.of(); // Not a table: a boot sector of something else.
            }
            if (type != 0 && first > 0 && length > 0 && first < sectors) {
                found.add(new Partition(
                        i + 1,
                        signature + String.format(Locale.ROOT, "-%02x", i + 1),
                        String.format(Locale.ROOT, "%02x", type)));
            }
        }
        return found;
    }

    /** Ext and btrfs leave the first sector alone, so that an old table may still be there. */
    private static boolean isFileSystem(DiskContent disk) throws IOException {
        boolean ext = (read(disk, EXT_MAGIC, 2).getShort() & 0xffff) == 0xef53;
        byte[] btrfs = new byte[8];
        read(disk, BTRFS_MAGIC, 8).get(btrfs);
        return ext || new String(btrfs, StandardCharsets.ISO_8859_1).equals("_BHRfS_M");
    }

    /**
     * The one with the root file system: that of the type which says so, or else the only one with a Linux file system. Null when
     * that does not tell.
     */
    @Nullable Partition root() {
        for (List<String> types : List.of(List.of(ROOT), List.of(LINUX, MBR_LINUX))) {
            List<Partition> fitting =
                    partitions.stream().filter(p -> types.contains(p.type())).toList();
            if (fitting.size() == 1) {
                return fitting.get(0);
            }
        }
        return partitions.size() == 1 ? partitions.get(0) : null;
    }

    /** The partition of this number, or null. */
    @Nullable Partition of(int number) {
        return partitions.stream().filter(p -> p.number() == number).findFirst().orElse(null);
    }
}
