package crosvm.vmm.boot.acpi;

import java.io.ByteArrayOutputStream;

/**
 * A resource template (ACPI 6.5 §6.4), what {@code _CRS} gives: descriptors in the order of the calls. Used by one
 * thread; {@link #crs} ends it.
 */
final class Resources {
    private static final int BUS = 2;
    private static final int IO = 1;
    private static final int MEMORY = 0;
    /** Minimum and maximum address are fixed; the device hands the range on to its children. */
    private static final int FIXED_PRODUCER = 0b1100;

    private static final int ENTIRE_RANGE = 3;
    private static final int READ_WRITE = 1;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    /** Ports of a device, 16 bits decoded. */
    Resources io(int port, int length) {
        return bytes(0x47, 1).little(port, 2).little(port, 2).bytes(1, length);
    }

    /** An ISA interrupt: edge triggered, active high, shared as COM1 and COM3 do. */
    Resources sharedEdgeIrq(int irq) {
        return bytes(0x23).little(1 << irq, 2).bytes(0x11);
    }

    Resources edgeIrq(int irq) {
        return bytes(0x22).little(1 << irq, 2);
    }

    Resources fixedMemory(long address, long length) {
        return bytes(0x86, 9, 0, READ_WRITE).little(address, 4).little(length, 4);
    }

    Resources busNumbers(int first, int last) {
        return window(0x88, 2, BUS, 0, first, last);
    }

    Resources ioWindow(int first, int last) {
        return window(0x88, 2, IO, ENTIRE_RANGE, first, last);
    }

    /** Address space below 4 GiB that a bridge hands on; {@code last} is inclusive. */
    Resources memoryWindow32(long first, long last) {
        return window(0x87, 4, MEMORY, READ_WRITE, first, last);
    }

    Resources memoryWindow64(long first, long last) {
        return window(0x8a, 8, MEMORY, READ_WRITE, first, last);
    }

    /** An address space descriptor with fields of {@code width} bytes (§6.4.3.5). */
    private Resources window(int tag, int width, int type, int typeFlags, long first, long last) {
        bytes(tag).little(3 + 5 * width, 2).bytes(type, FIXED_PRODUCER, typeFlags);
        return little(0, width)
                .little(first, width)
                .little(last, width)
                .little(0, width)
                .little(last - first + 1, width);
    }

    /** {@code Name (_CRS, ResourceTemplate () {…})}. */
    Aml crs() {
        bytes(0x79, 0); // End tag; checksum 0 means: not checked.
        return Aml.name("_CRS", Aml.buffer(out.toByteArray()));
    }

    private Resources bytes(int... bytes) {
        for (int b : bytes) {
            out.write(b);
        }
        return this;
    }

    private Resources little(long value, int width) {
        for (int i = 0; i < width; i++) {
            out.write((int) (value >>> 8 * i));
        }
        return this;
    }
}
