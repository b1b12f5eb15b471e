package crosvm.vmm.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import crosvm.vmm.VmmException;
import crosvm.vmm.memory.GuestMemory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever the file holds, loading it gives a kernel that lies in memory or a {@link VmmException}, nothing else. */
class KernelImageFuzzTest {
    private static final int ROUNDS = 1000;
    private static final long[] NASTY = {
        0,
        1,
        0x7f,
        0x80,
        0xff,
        0x7fff,
        0xffff,
        0x7fff_ffffL,
        0x8000_0000L,
        0xffff_ffffL,
        Long.MAX_VALUE,
        Long.MIN_VALUE,
        -1,
        -4096
    };

    @TempDir
    Path folder;

    @Test
    void damagedElfFilesGiveNothingButVmmException() throws IOException {
        assertThat(survivors(KernelImages.elf(), 0xb2, 0x1f)).isPositive();
    }

    @Test
    void damagedBzImagesGiveNothingButVmmException() throws IOException {
        assertThat(survivors(KernelImages.bzImage(), 0x270, 0x2f)).isPositive();
    }

    @Test
    void noiseGivesNothingButVmmException() throws IOException {
        Random random = new Random(3);
        try (GuestMemory memory = GuestMemory.allocate(2 << 20)) {
            for (int i = 0; i < ROUNDS; i++) {
                byte[] noise = new byte[random.nextInt(2048)];
                random.nextBytes(noise);
                load(ByteBuffer.wrap(noise), memory, "noise " + i);
            }
        }
    }

    /** How many damaged images still loaded: the damage must not be so heavy that nothing behind the magic is reached. */
    private int survivors(ByteBuffer valid, int headerSize, long seed) throws IOException {
        Random random = new Random(seed);
        int loaded = 0;
        try (GuestMemory memory = GuestMemory.allocate(20L << 20)) {
            for (int round = 0; round < ROUNDS; round++) {
                ByteBuffer image = ByteBuffer.allocate(valid.capacity()).order(valid.order());
                image.put(0, valid, 0, valid.capacity());
                for (int n = random.nextInt(3); n >= 0; n--) {
                    damage(image, headerSize, random);
                }
                if (random.nextInt(8) == 0) {
                    image.limit(random.nextInt(image.capacity()));
                }
                loaded += load(image, memory, "seed " + seed + ", round " + round) ? 1 : 0;
            }
        }
        return loaded;
    }

    private static void damage(ByteBuffer image, int headerSize, Random random) {
        int at = random.nextInt(headerSize - 8);
        long value = random.nextBoolean() ? NASTY[random.nextInt(NASTY.length)] : random.nextLong();
        switch (random.nextInt(4)) {
            case 0 -> image.put(at, (byte) value);
            case 1 -> image.putShort(at & ~1, (short) value);
            case 2 -> image.putInt(at & ~3, (int) value);
            default -> image.putLong(at & ~7, value);
        }
    }

    private boolean load(ByteBuffer image, GuestMemory memory, String which) throws IOException {
        byte[] bytes = new byte[image.limit()];
        image.get(0, bytes);
        Path file = Files.write(folder.resolve("image"), bytes);
        try {
            LoadedKernel kernel = LinuxLoader.load(file, memory);
            assertThat(memory.contains(kernel.start(), kernel.end() - kernel.start()))
                    .isTrue();
            assertThat(kernel.entry()).isBetween(kernel.start(), kernel.end() - 1);
            assertThat(kernel.start()).isGreaterThanOrEqualTo(BootLayout.KERNEL_MIN);
            BootParams.write(memory, kernel, null, KernelCmdline.of(""), 0);
            return true;
        } catch (VmmException e) {
            assertThat(e.getMessage()).isNotBlank();
            return false;
        } catch (RuntimeException e) {
            return fail(which, e);
        }
    }
}
