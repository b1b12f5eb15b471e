package crosvm.schema.model;

import jakarta.validation.Valid;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.Size;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What the machine boots: either an image or a guest that comes with crosvm.
 *
 * @param image absolute path of an ELF64 vmlinux or a bzImage, or null
 * @param source where the image is downloaded from, or null
 * @param from whose boot loader says what is booted, or null
 * @param builtin the built-in guest, or null; exactly one of the four is set
 * @param initrd absolute path of the initial ram disk, or null
 * @param initrdSource where the initial ram disk is downloaded from, or null; at most one of the two is set
 * @param params words for the kernel command line, in order, after those that crosvm adds
 */
@Shorthand("image")
@Snippet(
        value = "Linux kernel with initrd",
        lines = {"image: ${1:vmlinuz}", "initrd: ${2:initrd.img}", "params: ${3:quiet}"})
@Snippet(value = "what the root disk's boot loader would boot", lines = "from: root")
@Snippet(value = "built-in guest", lines = "builtin: hello")
@Excludes(
        value = "builtin",
        others = {"image", "source", "from", "initrd", "initrdSource"},
        message = "kernel.builtin excludes an image and an initrd")
@Excludes(
        value = "from",
        others = {"image", "source", "initrd", "initrdSource"},
        message = "kernel.from brings its own kernel and initrd")
@Excludes(value = "source", others = "image", message = "a kernel has image or source, not both")
@Excludes(value = "initrdSource", others = "initrd", message = "a kernel has initrd or initrdSource, not both")
public record KernelSpec(
        @Doc(
                value =
                        "The kernel to boot: an ELF64 vmlinux or a bzImage. It is recognised by its content, not by its name.",
                example = "vmlinuz",
                flag = "--kernel")
        @Nullable Path image,

        @Doc(
                value = "Where the kernel is downloaded from, instead of image.",
                example =
                        "{url: https://example.org/vmlinuz, sha256: 0f343b0931126a20f133d67c2b018a3b5e1d3d1b0d0ee1e7a4a3b3d6a4a0bb5c}",
                fileOnly = true)
        @Valid @Nullable ImageSource source,

        @Doc(
                value =
                        "root boots what the boot loader of the disk with root: true would boot: its default entry's kernel, initrd and parameters (GRUB's configuration or BLS entries), read in a jail.",
                example = "root",
                fileOnly = true)
        @Nullable KernelOrigin from,

        @Doc(
                value =
                        "A guest that comes with crosvm, instead of an image: it greets and powers off (hello), or stays until the power button is pressed (idle).",
                example = "hello",
                flag = "--builtin")
        @Nullable BuiltinKernel builtin,

        @Doc(value = "The initial ram disk.", example = "initrd.img", flag = "--initrd") @Nullable Path initrd,

        @Doc(
                value = "Where the initial ram disk is downloaded from, instead of initrd.",
                example =
                        "{url: https://example.org/initrd.img, sha256: 0f343b0931126a20f133d67c2b018a3b5e1d3d1b0d0ee1e7a4a3b3d6a4a0bb5c}",
                fileOnly = true)
        @Valid @Nullable ImageSource initrdSource,

        @Doc(
                value = "Words for the kernel command line. They follow those that crosvm adds, so that they win.",
                example = "[quiet, systemd.unit=rescue.target]",
                flag = "--params",
                shortFlag = "-p",
                words = true)
        @Size(max = 1024) List<@NotBlank String> params) {
    /** Copies the list. */
    public KernelSpec {
        params = List.copyOf(params);
    }

    /** Whether it is a Linux of the user's, not a guest of crosvm's. */
    public boolean isImage() {
        return builtin == null && (image != null || source != null || from != null);
    }

    /** Whether there is an initial ram disk, or may be one. */
    public boolean hasInitrd() {
        return initrd != null || initrdSource != null || from != null;
    }

    /** Where the kernel and the initrd of another place than {@code from} names have been put, with all the words for it. */
    public KernelSpec found(Path kernel, @Nullable Path ramDisk, List<String> words) {
        return new KernelSpec(kernel, null, null, null, ramDisk, null, words);
    }

    /** The same with other words for the kernel. */
    public KernelSpec withParams(List<String> words) {
        return new KernelSpec(image, source, from, builtin, initrd, initrdSource, words);
    }

    /** The same with paths for what is downloaded. */
    KernelSpec withImages(Function<ImageSource, Path> place) {
        return new KernelSpec(
                source == null ? image : place.apply(source),
                null,
                from,
                builtin,
                initrdSource == null ? initrd : place.apply(initrdSource),
                null,
                params);
    }
}
