package crosvm.vmm.storage;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Writes a small ISO 9660 image (ECMA-119) with one folder of files, whose names Rock Ridge keeps as they are (IEEE P1282,
 * RRIP 1.10): what every Linux can mount without a table of characters. Same files, same bytes.
 */
public final class IsoImage {
    /** Bytes of a logical block; an image is a whole number of them. */
    public static final int BLOCK = 2048;

    private static final int PRIMARY_DESCRIPTOR = 16; // The first 16 blocks are the system's (§6.2.1).
    private static final int TERMINATOR = 17;
    private static final int PATH_TABLE_LITTLE = 18;
    private static final int PATH_TABLE_BIG = 19;
    private static final int ROOT = 20;
    private static final int FIRST_FILE = 21;
    private static final int PATH_TABLE_BYTES = 10;
    private static final int MAX_NAME = 30;
    private static final int FOLDER_FLAG = 2;
    private static final int FOLDER_MODE = 0040555;
    private static final int FILE_MODE = 0100444;
    /** 1 January 2018, 0:00, as years since 1900, month, day and so on (§9.1.5). */
    private static final byte[] DATE = {118, 1, 1, 0, 0, 0, 0};

    private final ByteBuffer image;

    private IsoImage(int blocks) {
        image = ByteBuffer.allocate(blocks * BLOCK).order(ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * The bytes of an image.
     *
     * @param label the volume's identifier, 1 to 32 ASCII characters
     * @param files contents by name: at most a dozen names of 1 to 30 ASCII letters, digits, dots, hyphens and underscores
     */
    public static byte[] of(String label, Map<String, byte[]> files) {
        Map<String, byte[]> sorted = new TreeMap<>();
        files.forEach((name, bytes) -> {
            if (!name.matches("[A-Za-z0-9._-]{1," + MAX_NAME + "}")) {
                throw new IllegalArgumentException("a name that is not for an image: " + name);
            }
            sorted.put(name, bytes);
        });
        int blocks = FIRST_FILE;
        for (byte[] bytes : sorted.values()) {
            blocks += blocks(bytes);
        }
        IsoImage iso = new IsoImage(blocks);
        iso.descriptors(label, blocks);
        iso.pathTable(PATH_TABLE_LITTLE, ByteOrder.LITTLE_ENDIAN);
        iso.pathTable(PATH_TABLE_BIG, ByteOrder.BIG_ENDIAN);
        iso.folder(sorted);
        return iso.image.array();
    }

    private static int blocks(byte[] bytes) {
        return (bytes.length + BLOCK - 1) / BLOCK;
    }

    /** The primary volume descriptor (§8.4) and the terminator (§8.3). */
    private void descriptors(String label, int blocks) {
        image.position(PRIMARY_DESCRIPTOR * BLOCK);
        image.put((byte) 1).put(ascii("CD001")).put((byte) 1).put((byte) 0);
        text("LINUX", 32);
        text(label, 32);
        image.position(image.position() + 8);
        both(blocks);
        image.position(image.position() + 32);
        bothShort(1);
        bothShort(1);
        bothShort(BLOCK);
        both(PATH_TABLE_BYTES);
        image.putInt(PATH_TABLE_LITTLE).putInt(0);
        image.putInt(Integer.reverseBytes(PATH_TABLE_BIG)).putInt(0);
        record(new byte[] {0}, ROOT, BLOCK, FOLDER_FLAG, new byte[0]);
        text("", 4 * 128); // Volume set, publisher, preparer, application.
        text("", 3 * 37); // Copyright, abstract, bibliography.
        date("2018010100000000");
        date("2018010100000000");
        date("0".repeat(16));
        date("0".repeat(16));
        image.put((byte) 1);
        image.position(TERMINATOR * BLOCK);
        image.put((byte) 255).put(ascii("CD001")).put((byte) 1);
    }

    /** One entry, the root's (§9.4). */
    private void pathTable(int block, ByteOrder order) {
        image.position(block * BLOCK);
        image.put((byte) 1).put((byte) 0);
        image.order(order).putInt(ROOT).putShort((short) 1).order(ByteOrder.LITTLE_ENDIAN);
    }

    private void folder(Map<String, byte[]> files) {
        image.position(ROOT * BLOCK);
        ByteBuffer first = systemUse();
        first.put(ascii("SP"))
                .put((byte) 7)
                .put((byte) 1)
                .put((byte) 0xbe)
                .put((byte) 0xef)
                .put((byte) 0);
        posix(first, FOLDER_MODE, 2);
        first.put(ascii("ER"))
                .put((byte) 18)
                .put((byte) 1)
                .put((byte) 10)
                .put((byte) 0)
                .put((byte) 0)
                .put((byte) 1);
        first.put(ascii("RRIP_1991A"));
        record(new byte[] {0}, ROOT, BLOCK, FOLDER_FLAG, taken(first));
        ByteBuffer parent = systemUse();
        posix(parent, FOLDER_MODE, 2);
        record(new byte[] {1}, ROOT, BLOCK, FOLDER_FLAG, taken(parent));
        int block = FIRST_FILE;
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            byte[] bytes = file.getValue();
            String name = file.getKey();
            ByteBuffer use = systemUse();
            posix(use, FILE_MODE, 1);
            use.put(ascii("NM"))
                    .put((byte) (5 + name.length()))
                    .put((byte) 1)
                    .put((byte) 0)
                    .put(ascii(name));
            String plain = name.toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9]", "_");
            record(ascii(plain + ".;1"), block, bytes.length, 0, taken(use));
            image.put(block * BLOCK, bytes);
            block += blocks(bytes);
        }
    }

    /** A directory record (§9.1), which no block border may cut; both of them lie in the root's only block. */
    private void record(byte[] name, int block, int size, int flags, byte[] systemUse) {
        int padding = 1 - name.length % 2;
        int length = 33 + name.length + padding + systemUse.length;
        int start = image.position();
        image.put((byte) (length + length % 2)).put((byte) 0);
        both(block);
        both(size);
        image.put(DATE).put((byte) flags).put((byte) 0).put((byte) 0);
        bothShort(1);
        image.put((byte) name.length).put(name);
        image.position(image.position() + padding);
        image.put(systemUse);
        image.position(start + length + length % 2);
    }

    /** PX: the file's mode, links, user and group (RRIP §4.1.1). */
    private static void posix(ByteBuffer use, int mode, int links) {
        use.put(ascii("PX")).put((byte) 36).put((byte) 1);
        for (int value : new int[] {mode, links, 0, 0}) {
            use.putInt(value).putInt(Integer.reverseBytes(value));
        }
    }

    private static ByteBuffer systemUse() {
        return ByteBuffer.allocate(255).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static byte[] taken(ByteBuffer use) {
        byte[] taken = new byte[use.position()];
        use.get(0, taken);
        return taken;
    }

    /** A number in both byte orders (§7.3.3). */
    private void both(int value) {
        image.putInt(value).putInt(Integer.reverseBytes(value));
    }

    private void bothShort(int value) {
        image.putShort((short) value).putShort(Short.reverseBytes((short) value));
    }

    private void text(String text, int length) {
        image.put(ascii(text + " ".repeat(length - text.length())));
    }

    /** Digits and no offset from UTC (§8.4.26.1). */
    private void date(String digits) {
        image.put(ascii(digits)).put((byte) 0);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
