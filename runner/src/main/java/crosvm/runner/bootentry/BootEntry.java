package crosvm.runner.bootentry;

import java.util.List;

/**
 * An entry of a boot menu.
 *
 * @param id by which the default may name it; may be empty
 * @param title by which the default may name it, too
 * @param device the partition that paths belong to, by GRUB's name in the configuration or its file system's UUID; empty for
 *     the one that the menu is on
 * @param linux the kernel's path
 * @param initrds the paths of what makes up the initial ram disk, in order
 * @param options words of the kernel command line
 * @param entries of a submenu; then it has no kernel
 */
record BootEntry(
        String id,
        String title,
        String device,
        String linux,
        List<String> initrds,
        List<String> options,
        List<BootEntry> entries) {
    BootEntry {
        initrds = List.copyOf(initrds);
        options = List.copyOf(options);
        entries = List.copyOf(entries);
    }

    boolean isCalled(String name) {
        return !name.isEmpty() && (name.equals(id) || name.equals(title));
    }
}
