package crosvm.vmm.storage;

import crosvm.vmm.VmmException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The headers of other machine monitors' images; all little-endian. Those that stand on others or name others are refused. */
final class ForeignHeaders {
    private static final int SECTOR = 512;

    /** VMware's Virtual Disk Format 5.0: a sparse extent with its descriptor embedded. */
    private static final int VMDK_CAPACITY = 12;

    private static final int VMDK_DESCRIPTOR = 28;
    private static final int VMDK_DESCRIPTOR_SECTORS = 36;
    private static final int VMDK_BYTES = 79;
    private static final int VMDK_MOST_DESCRIPTOR = 2048;
    private static final Pattern VMDK_PARENT = Pattern.compile("(?im)^\\s*parentCID\\s*=\\s*(?!f{8}\\b)(\\S+)");
    private static final Pattern VMDK_TYPE = Pattern.compile("(?im)^\\s*createType\\s*=\\s*\"?(\\w+)");

    /** [MS-VHDX] 2.2.3 and 2.6: region table, metadata table. */
    private static final long VHDX_REGIONS = 192 << 10;

    private static final int VHDX_TABLE = 64 << 10;
    private static final int VHDX_REGION_ENTRY = 32;
    private static final int VHDX_MOST_ENTRIES = 2047;
    private static final String VHDX_METADATA = "06a27c8b90479a4bb8fe575f050f886e";
    private static final String VHDX_SIZE = "2442a52f1bcd7648b2115dbed83bf4b8";
    private static final String VHDX_PARAMETERS = "3767a1ca36fa434db3b633f0aa44e76b";
    private static final int VHDX_HAS_PARENT = 2;

    /** VirtualBox's VDICore.h: pre-header, then header 1.1. */
    private static final int VDI_SIGNATURE = 0x40;

    private static final int VDI_TYPE = 0x4c;
    private static final int VDI_SIZE = 0x170;
    private static final int VDI_BYTES = 0x190;
    private static final int VDI_FIXED = 2;

    private ForeignHeaders() {}

    static ImageHeader vmdk(ImageHeader.Bytes image) throws IOException {
        if (image.has(0, "# Disk DescriptorFile")) {
            throw image.refused(
                    "is only the description of a VMDK image and names the files that it consists of, which crosvm"
                            + " does not open. Make one file of them with qemu-img convert -O qcow2, if they are your own");
        }
        if (!image.has(0, "KDMV")) {
            throw image.notA("VMDK");
        }
        ByteBuffer header = image.little(0, VMDK_BYTES);
        long sectors = header.getLong(VMDK_DESCRIPTOR_SECTORS);
        if (header.getLong(VMDK_DESCRIPTOR) != 0) {
            if (sectors < 0 || sectors > VMDK_MOST_DESCRIPTOR) {
                throw image.refused("is damaged: its description has " + Long.toUnsignedString(sectors) + " sectors");
            }
            String text = new String(
                    image.at(header.getLong(VMDK_DESCRIPTOR) * SECTOR, (int) sectors * SECTOR),
                    StandardCharsets.ISO_8859_1);
            if (VMDK_PARENT.matcher(text).find()) {
                throw parent(image, "vmdk");
            }
            Matcher type = VMDK_TYPE.matcher(text);
            if (type.find() && !type.group(1).matches("(?i)monolithicSparse|streamOptimized")) {
                throw image.refused("is a VMDK image of the type "
                        + ImageHeader.shown(type.group(1).getBytes(StandardCharsets.ISO_8859_1))
                        + "; crosvm takes monolithicSparse and streamOptimized, which are one file");
            }
        }
        return new ImageHeader(header.getLong(VMDK_CAPACITY) * SECTOR, null);
    }

    private static VmmException parent(ImageHeader.Bytes image, String format) {
        return image.refused(
                "stands on another image, which crosvm does not open because an image says so. Make one image of"
                        + " both with qemu-img convert -f " + format + " -O qcow2, if they are your own");
    }

    static ImageHeader vhdx(ImageHeader.Bytes image) throws IOException {
        if (!image.has(0, "vhdxfile")) {
            throw image.notA("VHDX");
        }
        ByteBuffer regions = image.little(VHDX_REGIONS, VHDX_TABLE);
        if (!image.has(VHDX_REGIONS, "regi")) {
            throw image.refused("is damaged: it has no region table");
        }
        int region = find(regions, 8, 16, VHDX_METADATA);
        if (region < 0) {
            throw image.refused("is damaged: it has no metadata");
        }
        long metadata = regions.getLong(region + 16);
        ByteBuffer table = image.little(metadata, VHDX_TABLE);
        int size = find(table, 10, 32, VHDX_SIZE);
        int parameters = find(table, 10, 32, VHDX_PARAMETERS);
        if (size < 0 || parameters < 0) {
            throw image.refused("is damaged: its metadata lack the disk's size");
        }
        int flags = image.little(metadata + Integer.toUnsignedLong(table.getInt(parameters + 16)), 8)
                .getInt(4);
        if ((flags & VHDX_HAS_PARENT) != 0) {
            throw parent(image, "vhdx");
        }
        long bytes = image.little(metadata + Integer.toUnsignedLong(table.getInt(size + 16)), 8)
                .getLong(0);
        return new ImageHeader(bytes, null);
    }

    /**
     * The entry with a GUID; -1 when there is none.
     *
     * @param count where the number of entries stands; in a metadata table it has 16 bits, which more than are allowed do not fit
     * @param first where the entries begin
     */
    private static int find(ByteBuffer table, int count, int first, String guid) {
        int entries = Math.min(VHDX_MOST_ENTRIES, Short.toUnsignedInt(table.getShort(count)));
        for (int i = 0; i < entries && first + (i + 1) * VHDX_REGION_ENTRY <= table.capacity(); i++) {
            int at = first + i * VHDX_REGION_ENTRY;
            StringBuilder hex = new StringBuilder();
            for (int j = 0; j < 16; j++) {
                hex.append(String.format("%02x", table.get(at + j)));
            }
            if (hex.toString().equals(guid)) {
                return at;
            }
        }
        return -1;
    }

    static ImageHeader vdi(ImageHeader.Bytes image) throws IOException {
        if (!image.has(VDI_SIGNATURE, "\u007f\u0010\u00da\u00be")) {
            throw image.notA("VDI");
        }
        ByteBuffer header = image.little(0, VDI_BYTES);
        int type = header.getInt(VDI_TYPE);
        if (type < 1 || type > VDI_FIXED) {
            throw parent(image, "vdi");
        }
        return new ImageHeader(header.getLong(VDI_SIZE), null);
    }
}
