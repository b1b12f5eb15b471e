package crosvm.schema.model;

import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.Size;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the machine boots: either an image or a guest that comes with crosvm.
 *
 * @param image absolute path of an ELF64 vmlinux or a bzImage, or null
 * @param builtin the built-in guest, or null; exactly one of the two is set
 * @param initrd absolute path of the initial ram disk, or null
 * @param params words for the kernel command line, in order, after those that crosvm adds
 */
@Shorthand("image")
@Snippet(
        value = "Linux kernel with initrd",
        lines = {"image: ${1:vmlinuz}", "initrd: ${2:initrd.img}", "params: ${3:quiet}"})
@Snippet(value = "built-in guest", lines = "builtin: hello")
@Excludes(
        value = "builtin",
        others = {"image", "initrd"},
        message = "kernel.builtin excludes kernel.image and kernel.initrd")
public record KernelSpec(
        @Doc(
                value =
                        "The kernel to boot: an ELF64 vmlinux or a bzImage. It is recognised by its content, not by its name.",
                example = "vmlinuz",
                flag = "--kernel")
        @Nullable Path image,

        @Doc(value = "A guest that comes with crosvm, instead of an image.", example = "hello", flag = "--builtin")
        @Nullable BuiltinKernel builtin,

        @Doc(value = "The initial ram disk.", example = "initrd.img", flag = "--initrd") @Nullable Path initrd,

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
}
