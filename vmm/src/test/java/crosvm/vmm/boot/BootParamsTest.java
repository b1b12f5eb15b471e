package crosvm.vmm.boot;

import static crosvm.vmm.boot.KernelImages.MIB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.vmm.VmmException;
import crosvm.vmm.linux.abi.X86BootParams;
import crosvm.vmm.memory.GuestMemory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BootParamsTest {
    private static final long GIB = 1L << 30;

    @TempDir
    Path folder;

    private final GuestMemory memory = GuestMemory.allocate(64L * MIB);

    @AfterEach
    void unmaps() {
        memory.close();
    }

    @Test
    void keepsTheKernelsOwnHeaderAndFillsInTheLoadersPart() throws IOException {
        ByteBuffer page = write(bzImage(), null, "quiet");
        assertThat(X86BootParams.INIT_SIZE.get(page)).isEqualTo(KernelImages.INIT_SIZE);
        assertThat(X86BootParams.VERSION.get(page)).isEqualTo(0x20f);
        assertThat(X86BootParams.TYPE_OF_LOADER.get(page)).isEqualTo(0xff);
        assertThat(X86BootParams.LOADFLAGS.get(page) & 1).isEqualTo(1);
        assertThat(X86BootParams.ACPI_RSDP_ADDR.get(page)).isEqualTo(BootLayout.ACPI_START);
        assertThat(X86BootParams.RAMDISK_SIZE.get(page)).isZero();
        long cmdline = X86BootParams.CMD_LINE_PTR.get(page);
        byte[] text = new byte[6];
        memory.read(cmdline, text, 0, 6);
        assertThat(text).containsExactly('q', 'u', 'i', 'e', 't', 0);
    }

    @Test
    void tellsTheMemoryMapWithItsHoles() {
        assertThat(E820.map(64L * MIB))
                .containsExactly(
                        new E820(0, 0x9fc00, 1),
                        new E820(0x9fc00, 0x400, 2),
                        new E820(0xe0000, 0x20000, 2),
                        new E820(MIB, 63L * MIB, 1),
                        new E820(0xe000_0000L, MIB, 2),
                        new E820(0xfffb_c000L, 0x4000, 2));
    }

    @Test
    void tellsOfMemoryAboveThePciHole() {
        List<E820> map = E820.map(6 * GIB);
        assertThat(map).contains(new E820(MIB, 3 * GIB - MIB, 1), new E820(4 * GIB, 3 * GIB, 1));
        long last = 0;
        for (E820 entry : map) {
            assertThat(entry.address()).isGreaterThanOrEqualTo(last);
            last = entry.address() + entry.size();
        }
    }

    @Test
    void writesTheMemoryMapIntoTheZeroPage() throws IOException {
        ByteBuffer page = write(bzImage(), null, "");
        assertThat(X86BootParams.E820_ENTRIES.get(page)).isEqualTo(6);
        int fourth = X86BootParams.E820_TABLE.offset() + 3 * 20;
        assertThat(page.getLong(fourth)).isEqualTo(MIB);
        assertThat(page.getLong(fourth + 8)).isEqualTo(63L * MIB);
        assertThat(page.getInt(fourth + 16)).isEqualTo(1);
    }

    @Test
    void startsTheVcpuWithFlatSegmentsThatTheTableRepeats() throws IOException {
        BootState state = BootParams.write(memory, bzImage(), null, cmdline(""), BootLayout.ACPI_START);
        assertThat(state.rip()).isEqualTo(16 * MIB + 0x200);
        assertThat(state.rsi()).isEqualTo(BootLayout.BOOT_PARAMS);
        assertThat(state.code().selector()).isEqualTo(0x10);
        assertThat(state.data().selector()).isEqualTo(0x18);
        assertThat(memory.u64(state.gdtBase() + 0x10)).isEqualTo(0x00af_9b00_0000_ffffL);
        assertThat(memory.u64(state.gdtBase() + 0x18)).isEqualTo(0x00cf_9300_0000_ffffL);
        assertThat(memory.u64(state.gdtBase() + 0x20)).isEqualTo(0x0000_8b00_0000_0067L);
    }

    @Test
    void mapsTheFirstFourGibToThemselves() throws IOException {
        BootState state = BootParams.write(memory, bzImage(), null, cmdline(""), BootLayout.ACPI_START);
        for (long address : new long[] {0, 0x7123, 16 * MIB, GIB - 1, 3 * GIB + 12345, 4 * GIB - 1}) {
            assertThat(translate(state.cr3(), address)).isEqualTo(address);
        }
    }

    /** Walks the page tables as a processor does (Intel SDM vol. 3, 4.5). */
    private long translate(long cr3, long address) {
        long pointers = present(memory.u64(cr3 + 8 * (address >>> 39)));
        long directory = present(memory.u64(pointers + 8 * (address >>> 30 & 511)));
        long entry = memory.u64(directory + 8 * (address >>> 21 & 511));
        assertThat(entry & 0x80).as("a 2 MiB page").isEqualTo(0x80);
        return (present(entry) & ~0x1f_ffffL) + (address & 0x1f_ffff);
    }

    private static long present(long entry) {
        assertThat(entry & 3).isEqualTo(3);
        return entry & 0x000f_ffff_ffff_f000L;
    }

    @Test
    void putsTheInitrdAsHighAsItMay() throws IOException {
        LoadedKernel kernel = bzImage();
        Initrd initrd = Initrd.load(file(5000), memory, kernel);
        assertThat(initrd).isEqualTo(new Initrd(64L * MIB - 8192, 5000));
        assertThat(memory.u8(initrd.start() + 4999)).isEqualTo(4999 & 0xff);
        ByteBuffer page = write(kernel, initrd, "");
        assertThat(X86BootParams.RAMDISK_IMAGE.get(page)).isEqualTo(64L * MIB - 8192);
        assertThat(X86BootParams.RAMDISK_SIZE.get(page)).isEqualTo(5000);
        assertThat(X86BootParams.EXT_RAMDISK_IMAGE.get(page)).isZero();
    }

    @Test
    void keepsTheInitrdBelowTheKernelsLimit() throws IOException {
        ByteBuffer image = KernelImages.bzImage();
        X86BootParams.INITRD_ADDR_MAX.set(image, 0x1ff_ffff);
        LoadedKernel kernel = LinuxLoader.load(Files.write(folder.resolve("kernel"), image.array()), memory);
        assertThat(Initrd.load(file(1), memory, kernel).start()).isEqualTo(0x1ff_f000);
    }

    @Test
    void refusesAnInitrdThatDoesNotFitOrHoldsNothing() throws IOException {
        LoadedKernel kernel = bzImage();
        Path large = file(46 * MIB);
        assertThatThrownBy(() -> Initrd.load(large, memory, kernel))
                .isInstanceOf(VmmException.class)
                .hasMessageContaining("does not fit")
                .hasMessageContaining("set memory to at least 65MiB");
        Path empty = file(0);
        assertThatThrownBy(() -> Initrd.load(empty, memory, kernel))
                .isInstanceOf(VmmException.class)
                .hasMessageContaining("is empty");
        assertThatThrownBy(() -> Initrd.load(folder, memory, kernel))
                .isInstanceOf(VmmException.class)
                .hasMessageContaining("is a directory");
    }

    @Test
    void refusesACommandLineLongerThanTheKernelTakesWithBothNumbers() throws IOException {
        LoadedKernel kernel = bzImage();
        assertThat(write(kernel, null, "x".repeat(2047))).isNotNull();
        assertThatThrownBy(() -> write(kernel, null, "x".repeat(2048)))
                .isInstanceOf(VmmException.class)
                .hasMessageContaining("2048")
                .hasMessageContaining("2047");
    }

    private LoadedKernel bzImage() throws IOException {
        return LinuxLoader.load(
                Files.write(folder.resolve("kernel"), KernelImages.bzImage().array()), memory);
    }

    private ByteBuffer write(LoadedKernel kernel, @Nullable Initrd initrd, String line) {
        BootState state = BootParams.write(memory, kernel, initrd, cmdline(line), BootLayout.ACPI_START);
        byte[] page = new byte[4096];
        memory.read(state.rsi(), page, 0, page.length);
        return ByteBuffer.wrap(page).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static KernelCmdline cmdline(String line) {
        return KernelCmdline.of(line);
    }

    private Path file(int size) throws IOException {
        byte[] bytes = new byte[size];
        for (int i = 0; i < size; i++) {
            bytes[i] = (byte) i;
        }
        return Files.write(folder.resolve("initrd"), bytes);
    }
}
