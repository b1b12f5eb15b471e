package crosvm.vmm.boot;

import static crosvm.vmm.boot.KernelImages.MIB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.vmm.VmmException;
import crosvm.vmm.linux.abi.Elf64;
import crosvm.vmm.linux.abi.Field;
import crosvm.vmm.linux.abi.X86BootParams;
import crosvm.vmm.memory.GuestMemory;
import java.io.IOException;
import java.nio.ByteBuffer;
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
                "0 | 68656c6c6f | in no kernel format known here",
            })
    void refusesOtherFilesSayingWhatTheyAreAndWhatWouldWork(int at, String magic, String what) throws IOException {
        ByteBuffer file = ByteBuffer.allocate(4096);
        for (int i = 0; i < magic.length(); i += 2) {
            file.put(at + i / 2, (byte) Integer.parseInt(magic.substring(i, i + 2), 16));
        }
        refuses(file, what, "what works: ");
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
        refusesElfField(Elf64.P_MEMSZ, 0x7ff, "sizes make no sense");
        refusesElfField(Elf64.P_MEMSZ, -1, "sizes make no sense");
        refusesElfField(Elf64.P_FILESZ, -1, "sizes make no sense");
        refusesElfField(Elf64.P_OFFSET, Long.MAX_VALUE, "truncated");
        refusesElfField(Elf64.P_OFFSET, -8, "sizes make no sense");
        ByteBuffer entry = KernelImages.elf();
        Elf64.E_ENTRY.set(entry, 17 * MIB);
        refuses(entry, "entry point 0x1100000 lies in none");
    }

    private void refusesElfField(Field field, long value, String what) throws IOException {
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
        refusesHeader(X86BootParams.INIT_SIZE, 0xffff_ffffL, "needs memory up to");
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
