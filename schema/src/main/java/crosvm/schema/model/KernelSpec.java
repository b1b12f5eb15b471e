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
 * @param builtin the built-in guest, or null; exactly one of the three is set
 * @param initrd absolute path of the initial ram disk, or null
 * @param initrdSource where the initial ram disk is downloaded from, or null; at most one of the two is set
 * @param params words for the kernel command line, in order, after those that crosvm adds
 */
@Shorthand("image")
@Snippet(
        value = "Linux kernel with initrd",
        lines = {"image: ${1:vmlinuz}", "initrd: ${2:initrd.img}", "params: ${3:quiet}"})
@Snippet(value = "built-in guest", lines = "builtin: hello")
@Excludes(
        value = "builtin",
        others = {"image", "source", "initrd", "initrdSource"},
        message = "kernel.builtin excludes an image and an initrd")
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

        @Doc(value = "A guest that comes with crosvm, instead of an image.", example = "hello", flag = "--builtin")
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
        return builtin == null && (image != null || source != null);
    }

    /** Whether there is an initial ram disk. */
    public boolean hasInitrd() {
        return initrd != null || initrdSource != null;
    }

    /** The same with paths for what is downloaded. */
    KernelSpec withImages(Function<ImageSource, Path> place) {
        return new KernelSpec(
                source == null ? image : place.apply(source),
                null,
                builtin,
                initrdSource == null ? initrd : place.apply(initrdSource),
                null,
                params);
    }
}
