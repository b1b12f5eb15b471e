package crosvm.vmm.boot;

import static crosvm.vmm.boot.KernelImages.MIB;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.vmm.VmmException;
import crosvm.vmm.linux.abi.Elf64;
import crosvm.vmm.linux.abi.Field;
import crosvm.vmm.linux.abi.X86BootParams;
import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.memory.MemoryLayout;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LinuxLoaderTest {
    @TempDir
    Path folder;

    private final GuestMemory memory = GuestMemory.allocate(32 * MIB);

    @AfterEach
    void unmaps() {
        memory.close();
    }

    @Test
    void loadsABzImageWhereItsHeaderAsksToBe() throws IOException {
        LoadedKernel kernel = load(KernelImages.bzImage());
        assertThat(kernel.protocol()).isEqualTo(LoadedKernel.Protocol.BZIMAGE);
        assertThat(kernel.entry()).isEqualTo(16 * MIB + 0x200);
        assertThat(kernel.start()).isEqualTo(16 * MIB);
        assertThat(kernel.end()).isEqualTo(16 * MIB + KernelImages.INIT_SIZE);
        assertThat(kernel.setupHeader()).hasSize(0x26c - 0x1f1);
        assertThat(kernel.cmdlineSize()).isEqualTo(2047);
        assertThat(memory.u8(16 * MIB + 0x345)).isEqualTo(0x45);
        assertThat(memory.u8(16 * MIB + KernelImages.PAYLOAD_SIZE - 1)).isEqualTo(0xff);
        assertThat(memory.u8(16 * MIB + KernelImages.PAYLOAD_SIZE)).isZero();
    }

    @Test
    void loadsAnElfFileToItsPhysicalAddresses() throws IOException {
        LoadedKernel kernel = load(KernelImages.elf());
        assertThat(kernel.protocol()).isEqualTo(LoadedKernel.Protocol.ELF64);
        assertThat(kernel.entry()).isEqualTo(16 * MIB + 0x100);
        assertThat(kernel.start()).isEqualTo(16 * MIB);
        assertThat(kernel.end()).isEqualTo(19 * MIB);
        assertThat(memory.u8(16 * MIB)).isEqualTo(1);
        assertThat(memory.u8(18 * MIB + 2)).isEqualTo(3);
        assertThat(memory.u8(18 * MIB + KernelImages.SEGMENT_SIZE)).isZero();
    }

    @Test
    void takesAnEntryPointThatTheElfFileGivesAsVirtualAddress() throws IOException {
        ByteBuffer file = KernelImages.elf();
        Elf64.E_ENTRY.set(file, 0xffff_ffff_8000_0000L + 18 * MIB + 4);
        assertThat(load(file).entry()).isEqualTo(18 * MIB + 4);
    }

    @Test
    void loadsABzImageWhoseLastParagraphIsNotFull() throws IOException {
        int last = KernelImages.PAYLOAD_SIZE - 8; // As memtest86+ 6.10: its header rounds the size up to 16 bytes.
        LoadedKernel kernel = load(KernelImages.bzImage().limit(KernelImages.PAYLOAD_AT + last));
        assertThat(memory.u8(kernel.start() + last - 1)).isEqualTo(last - 1 & 0xff);
        assertThat(memory.u8(kernel.start() + last)).isZero();
        refuses(KernelImages.bzImage().limit(KernelImages.PAYLOAD_AT + KernelImages.PAYLOAD_SIZE - 16), "truncated");
    }

    @Test
    void readsProgramHeadersThatAreLargerThanThoseOfToday() throws IOException {
        ByteBuffer file = KernelImages.elf();
        int size = Elf64.PROGRAM_HEADER.size();
        byte[] second = new byte[size];
        file.get(Elf64.HEADER.size() + size, second);
        file.put(Elf64.HEADER.size() + size, new byte[size]);
        file.put(Elf64.HEADER.size() + size + 8, second);
        Elf64.E_PHENTSIZE.set(file, size + 8);
        assertThat(load(file).end()).isEqualTo(19 * MIB);
    }

    @ParameterizedTest
    @CsvSource({
        "0x1800, 1badb002, 00000003, e4524ffb, '', a multiboot kernel",
        "0x1808, e85250d6, 00000000, 00000018, 17adaf12, a multiboot2 kernel",
    })
    void namesKernelsOfAnotherBootProtocol(String at, String magic, String a, String b, String c, String what)
            throws IOException {
        ByteBuffer file = KernelImages.elf();
        int position = Integer.decode(at);
        for (String word : new String[] {magic, a, b, c}) {
            if (!word.isEmpty()) {
                file.putInt(position, Integer.parseUnsignedInt(word, 16));
            }
            position += 4;
        }
        refuses(file, what, "supported: Linux's vmlinux or bzImage");
        file.putInt(Integer.decode(at) + 4, 0x5555); // The checksum is wrong now.
        assertThat(load(file).end()).isEqualTo(19 * MIB);
    }

    @Test
    void namesKernelsByTheirNotesAndInterpreter() throws IOException {
        int entry = 16 * MIB + 0x100;
        refuses(elfWith(Elf64.PT_NOTE, note("NetBSD\0", 1, 0)), "made for NetBSD");
        refuses(elfWith(Elf64.PT_NOTE, note("Xen\0", 18, entry)), "a PVH kernel");
        refuses(elfWith(Elf64.PT_INTERP, ByteBuffer.wrap("/red/herring\0".getBytes(US_ASCII))), "a FreeBSD kernel");
        refuses(elfWith(Elf64.PT_INTERP, ByteBuffer.wrap("/lib64/ld.so\0".getBytes(US_ASCII))), "a program for Linux");
        assertThat(load(elfWith(Elf64.PT_NOTE, note("Xen\0", 18, entry + 0x40))).entry())
                .as("Linux has both entry points")
                .isEqualTo(entry);
        load(elfWith(Elf64.PT_NOTE, note("Linux\0", 0x101, 0)));
        load(elfWith(Elf64.PT_NOTE, note("X".repeat(400), 18, entry).limit(30)));
    }

    private static ByteBuffer note(String name, int type, int value) {
        ByteBuffer note = ByteBuffer.allocate(512).order(ByteOrder.LITTLE_ENDIAN);
        note.putInt(name.length()).putInt(4).putInt(type).put(name.getBytes(US_ASCII));
        note.position(note.position() + 3 & ~3);
        return note.putInt(value).flip();
    }

    /** The ELF kernel with a third segment, which is not loaded. */
    private static ByteBuffer elfWith(int type, ByteBuffer contents) {
        ByteBuffer file = KernelImages.elf();
        int base = Elf64.HEADER.size() + 2 * Elf64.PROGRAM_HEADER.size();
        int at = 0x400;
        Elf64.E_PHNUM.set(file, 3);
        Elf64.P_TYPE.set(file, base, 0, type);
        Elf64.P_OFFSET.set(file, base, 0, at);
        Elf64.P_FILESZ.set(file, base, 0, contents.limit());
        file.put(at, contents, 0, contents.limit());
        return file;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "0 | 1f8b08 | compressed with gzip",
                "0 | 28b52ffd | compressed with zstd",
                "0 | fd377a585a00 | compressed with xz",
                "0 | 425a6839 | compressed with bzip2",
                "0 | 5d00008000 | compressed with lzma",
                "0 | 2321 | a script",
                "0 | 303730373031 | a cpio archive",
                "0 | 514649fb | a qcow2 disk image",
                "56 | 41524d64 | an arm64 kernel",
                "0 | 4d5a | an EFI or Windows program",
                "510 | 55aa | a boot sector or disk image",
                "0 | 68656c6c6f | not in a known kernel format",
            })
    void refusesOtherFilesSayingWhatTheyAreAndWhatWouldWork(int at, String magic, String what) throws IOException {
        ByteBuffer file = ByteBuffer.allocate(4096);
        for (int i = 0; i < magic.length(); i += 2) {
            file.put(at + i / 2, (byte) Integer.parseInt(magic.substring(i, i + 2), 16));
        }
        refuses(file, what, what.startsWith("not in") ? "supported: " : "try: ");
    }

    @Test
    void refusesFilesThatAreNoFilesOrHoldNothing() throws IOException {
        assertThatThrownBy(() -> LinuxLoader.load(folder.resolve("none"), memory))
                .isInstanceOf(VmmException.class)
                .hasMessageContaining("none: no such file");
        assertThatThrownBy(() -> LinuxLoader.load(folder, memory))
                .isInstanceOf(VmmException.class)
                .hasMessageContaining("is a directory");
        assertThatThrownBy(() -> LinuxLoader.load(Path.of("/dev/null"), memory))
                .isInstanceOf(VmmException.class)
                .hasMessageContaining("is a device");
        refuses(ByteBuffer.allocate(0), "is empty; copy or build it again");
        refuses(ByteBuffer.wrap("hi\n".getBytes(StandardCharsets.US_ASCII)), "has only 3 bytes", "ELF64 vmlinux");
    }

    @ParameterizedTest
    @CsvSource({
        "4, 1, is a 32-bit ELF file",
        "5, 2, is a big-endian ELF file",
        "18, 183, is an ELF file for arm64",
        "18, 200, number 200",
        "16, 1, object file or module",
        "16, 4, core dump",
        "56, 0, without usable program headers",
        "54, 32, without usable program headers",
        "64, 3, is a program for Linux",
    })
    void refusesElfFilesOfAnotherKind(int at, int value, String what) throws IOException {
        ByteBuffer file = KernelImages.elf();
        file.put(at, (byte) value);
        refuses(file, what);
    }

    @Test
    void refusesTruncatedKernels() throws IOException {
        for (int length : new int[] {5, 0x3f, 0x70, 0x1000, 0x1fff}) {
            refuses(KernelImages.elf().limit(length), "truncated");
        }
        for (int length : new int[] {0x210, 0x260, PAYLOAD_HALF}) {
            refuses(KernelImages.bzImage().limit(length), "truncated");
        }
    }

    private static final int PAYLOAD_HALF = KernelImages.PAYLOAD_AT + 0x800;

    @Test
    void refusesElfSegmentsThatLieWhereTheyMustNot() throws IOException {
        refusesElfField(Elf64.P_PADDR, 0x1000, "start at 1 MiB");
        refusesElfField(Elf64.P_PADDR, -1, "start at 1 MiB");
        refusesElfField(Elf64.P_PADDR, 18 * MIB - 0x10, "overlaps");
        refusesElfField(Elf64.P_PADDR, 31 * MIB + 0xf_fc00, "set memory to 33MiB");
        refusesElfField(Elf64.P_MEMSZ, 0x7ff, "sizes are invalid");
        refusesElfField(Elf64.P_MEMSZ, -1, "sizes are invalid");
        refusesElfField(Elf64.P_FILESZ, -1, "sizes are invalid");
        refusesElfField(Elf64.P_OFFSET, Long.MAX_VALUE, "truncated");
        refusesElfField(Elf64.P_OFFSET, -8, "sizes are invalid");
        refusesElfField(Elf64.P_PADDR, 0xbfff_fc00L, "0xbffffc00 to 0xc0000400", "0xc0000000 to 0xffffffff belongs to");
        refusesElfField(Elf64.P_PADDR, 0xd000_0000L, "link the kernel to lower addresses");
        refusesElfField(Elf64.P_PADDR, 0x1_0000_0000L, "set memory to 3073MiB");
        ByteBuffer entry = KernelImages.elf();
        Elf64.E_ENTRY.set(entry, 17 * MIB);
        refuses(entry, "entry point 0x1100000 lies in none");
    }

    @Test
    void advisesTheMemoryThatAllSegmentsNeed() throws IOException {
        ByteBuffer file = KernelImages.elf();
        KernelImages.segment(file, 0, KernelImages.SEGMENT_AT, 40L * MIB, KernelImages.SEGMENT_SIZE);
        KernelImages.segment(file, 1, KernelImages.SEGMENT_AT, 60L * MIB, 3 * MIB);
        refuses(file, "needs memory up to 0x3f00000", "set memory to 63MiB");
    }

    @Test
    void refusesAnEntryPointThatIsNotMappedAtTheStart() throws IOException {
        ByteBuffer file = KernelImages.elf();
        long high = MemoryLayout.HIGH_RAM_START;
        KernelImages.segment(file, 1, KernelImages.SEGMENT_AT, high, KernelImages.SEGMENT_SIZE);
        try (GuestMemory large = GuestMemory.allocate(MemoryLayout.PCI_HOLE_START + 2 * MIB)) {
            assertThat(LinuxLoader.load(file(file), large).end()).isEqualTo(high + KernelImages.SEGMENT_SIZE);
            Elf64.E_ENTRY.set(file, high + 0x10);
            Path image = file(file);
            assertThatThrownBy(() -> LinuxLoader.load(image, large))
                    .isInstanceOf(VmmException.class)
                    .hasMessageContaining("entry point at 0x100000010, above the 4 GiB");
        }
    }

    private void refusesElfField(Field field, long value, String... what) throws IOException {
        ByteBuffer file = KernelImages.elf();
        Elf64.P_MEMSZ.set(file, Elf64.HEADER.size(), 0, KernelImages.SEGMENT_SIZE);
        field.set(file, Elf64.HEADER.size(), 0, value);
        refuses(file, what);
    }

    @Test
    void refusesBzImagesThatCannotBeBootedHere() throws IOException {
        refusesHeader(X86BootParams.VERSION, 0x20b, "boot protocol 2.11");
        refusesHeader(X86BootParams.XLOADFLAGS, 0x7e, "32-bit bzImage");
        refusesHeader(X86BootParams.LOADFLAGS, 0, "zImage");
        refusesHeader(X86BootParams.JUMP, 0x10eb, "damaged");
        refusesHeader(X86BootParams.JUMP, 0xffeb, "damaged");
        refusesHeader(X86BootParams.SYSSIZE, 0, "damaged");
        refusesHeader(X86BootParams.SYSSIZE, 0xffff_ffffL, "truncated");
        refusesHeader(X86BootParams.PREF_ADDRESS, 0x1000, "damaged");
        refusesHeader(X86BootParams.PREF_ADDRESS, -1, "damaged");
        refusesHeader(X86BootParams.INIT_SIZE, 17L * MIB, "set memory to 33MiB");
        refusesHeader(X86BootParams.INIT_SIZE, 0xffff_ffffL, "belongs to devices");
    }

    private void refusesHeader(Field field, long value, String what) throws IOException {
        ByteBuffer file = KernelImages.bzImage();
        field.set(file, value);
        refuses(file, what);
    }

    private LoadedKernel load(ByteBuffer image) throws IOException {
        return LinuxLoader.load(file(image), memory);
    }

    private void refuses(ByteBuffer image, String... parts) throws IOException {
        Path file = file(image);
        assertThatThrownBy(() -> LinuxLoader.load(file, memory))
                .isInstanceOf(VmmException.class)
                .message()
                .contains(parts)
                .startsWith("kernel " + file);
    }

    private Path file(ByteBuffer image) throws IOException {
        byte[] bytes = new byte[image.limit()];
        image.get(0, bytes);
        return Files.write(folder.resolve("image"), bytes);
    }
}
