package crosvm.runner.convert;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** What the machines of all tools are made of, as parts of a spec. */
final class Parts {
    /** Crosvm gives them by itself. */
    private static final Set<String> GIVEN = Set.of("console=ttyS0", "reboot=k", "panic=1");

    private static final long PAGE = 4096;
    private static final int LONGEST_ID = 20;

    private Parts() {}

    /** A name that a machine can have. */
    static void name(String name, Conversion to) {
        String allowed = name.replaceAll("[^A-Za-z0-9_.-]", "-").replaceAll("^[^A-Za-z0-9]+", "");
        if (!allowed.isEmpty()) {
            to.put("name", allowed.substring(0, Math.min(allowed.length(), 63)));
        }
    }

    /** Guest memory: bytes, rounded up to whole pages. */
    static void memory(Node where, long bytes, Conversion to) {
        if (bytes < 2 << 20 || bytes > 4L << 40) {
            to.left(where, "memory of " + bytes + " bytes", "is not between 2 MiB and 4 TiB");
            return;
        }
        to.put("memory", Conversion.size((bytes + PAGE - 1) / PAGE * PAGE));
    }

    /** Virtual CPUs. */
    static void cpus(Node where, String text, Conversion to) {
        if (text.matches("[0-9]{1,6}") && Integer.parseInt(text) >= 1 && Integer.parseInt(text) <= 255) {
            to.put("cpus", Integer.parseInt(text));
        } else if (!text.isEmpty()) {
            to.left(where, "cpus " + text, "is not a number from 1 to 255");
        }
    }

    /** Kernel parameters, without those that crosvm gives and those that would hide its devices. */
    static void params(Node where, String text, Conversion to) {
        List<String> words = new ArrayList<>();
        for (String word : text.strip().split("\\s+")) {
            if (word.matches("pci=off|acpi=off|noacpi|virtio_mmio\\..*|i8042\\..*|8250\\.nr_uarts=0")) {
                to.left(
                        where,
                        "kernel parameter " + word,
                        "is for another platform; crosvm's devices are found by ACPI and on PCI");
            } else if (!word.isEmpty() && !GIVEN.contains(word)) {
                words.add(word);
            }
        }
        if (!words.isEmpty()) {
            to.map("kernel").put("params", words);
        }
    }

    /** A kernel image; what boots by firmware only has no kernel, and its disk's own boot loader is asked. */
    static void kernel(String image, String initrd, Conversion to) {
        if (!image.isEmpty()) {
            to.map("kernel").put("image", image);
        }
        if (!initrd.isEmpty()) {
            to.map("kernel").put("initrd", initrd);
        }
    }

    /** To be called last: what depends on the whole machine. */
    static void finish(Conversion to) {
        rootDisk(to);
        bootLoader(to);
        // One terminal, which is the first serial port's unless that says otherwise.
        if (to.has("console") && "terminal".equals(to.map("console").get("hvc0"))) {
            to.map("console").putIfAbsent("com1", "none");
        }
    }

    /** The disk that root= names says so itself, and gives root= and rw. */
    private static void rootDisk(Conversion to) {
        Object given = to.map("kernel").get("params");
        if (!(given instanceof List<?> params) || !to.has("disks")) {
            return;
        }
        List<Map<String, Object>> disks = to.list("disks");
        List<String> words =
                new ArrayList<>(params.stream().map(String::valueOf).toList());
        for (String word : List.copyOf(words)) {
            int index = word.matches("root=/dev/vd[a-z]") ? word.charAt(word.length() - 1) - 'a' : -1;
            boolean named = index >= 0 && index < disks.size();
            if (named && disks.stream().noneMatch(disk -> disk.containsKey("root"))) {
                disks.get(index).put("root", true);
            }
            if (named && Boolean.TRUE.equals(disks.get(index).get("root"))) {
                words.remove(word);
                words.removeIf(other -> other.equals("rw") || other.equals("ro"));
            }
        }
        if (words.isEmpty()) {
            to.map("kernel").remove("params");
        } else {
            to.map("kernel").put("params", words);
        }
    }

    /** Without a kernel the machine boots what its root disk's boot loader would, which must be a disk of the machine. */
    private static void bootLoader(Conversion to) {
        Map<String, Object> kernel = to.map("kernel");
        if (kernel.containsKey("image") || kernel.containsKey("builtin")) {
            return;
        }
        List<Map<String, Object>> disks = to.has("disks") ? to.list("disks") : List.of();
        if (disks.isEmpty()) {
            throw new IllegalArgumentException(
                    "describes a machine with neither a kernel nor a disk, from which crosvm cannot boot");
        }
        kernel.remove("initrd");
        kernel.put("from", "root");
        if (disks.stream().noneMatch(disk -> Boolean.TRUE.equals(disk.get("root")))) {
            disks.get(0).put("root", true);
        }
        to.note(
                "there is no firmware: crosvm reads the boot loader's configuration on the root disk and boots its kernel");
    }

    /** A disk, with a name that is unique among the machine's. */
    static Map<String, Object> disk(String id, String path, boolean readOnly, Conversion to) {
        Map<String, Object> disk = new LinkedHashMap<>();
        String name = id(id, "disks", to);
        if (!name.isEmpty()) {
            disk.put("id", name);
        }
        disk.put("path", path);
        if (!readOnly) {
            disk.put("readOnly", false);
        }
        to.list("disks").add(disk);
        return disk;
    }

    /** The image's format, if it is one that is known here. */
    static void format(Map<String, Object> disk, String format, Node where, Conversion to) {
        String word = format.toLowerCase(Locale.ROOT);
        switch (word) {
            case "", "raw", "host_device" -> {
                // The default.
            }
            case "qcow2", "vmdk", "vhdx", "vdi" -> disk.put("format", word);
            default ->
                to.left(
                        where,
                        "format " + format,
                        "is not one that crosvm reads: convert the image, qemu-img convert -O raw");
        }
    }

    /** QEMU's cache modes, libvirt's too: those with O_DIRECT are past the host's page cache, the others in it. */
    static void cache(Map<String, Object> disk, String mode) {
        if (mode.matches("none|directsync")) {
            disk.put("cache", "none");
        }
    }

    /** A name as disks and networks have them; empty when nothing is left of it or another has it. */
    static String id(String id, String list, Conversion to) {
        String allowed = id.replaceAll("[^A-Za-z0-9_-]", "-").replaceAll("^[^A-Za-z]+", "");
        String cut = allowed.substring(0, Math.min(allowed.length(), LONGEST_ID));
        Set<Object> taken = (to.has(list) ? to.list(list) : List.<Map<String, Object>>of())
                .stream().map(item -> item.get("id")).collect(Collectors.toSet());
        return taken.contains(cut) || cut.matches("rng|balloon|vsock|wl|hvc0|blk|net|fs|console") ? "" : cut;
    }

    /** A network: by passt, unless it is given a tap. */
    static Map<String, Object> network(String id, String tap, String mac, Conversion to) {
        Map<String, Object> network = new LinkedHashMap<>();
        String name = id(id, "networks", to);
        if (!name.isEmpty()) {
            network.put("id", name);
        }
        if (tap.isEmpty()) {
            network.put("user", true);
        } else {
            network.put("tap", tap);
        }
        if (!mac.isEmpty()) {
            network.put("mac", mac);
        }
        to.list("networks").add(network);
        return network;
    }

    /** A port of the host that leads to one of the guest, on a network by passt. */
    static void forward(Map<String, Object> network, String host, String guest) {
        @SuppressWarnings("unchecked")
        List<String> forward = (List<String>) network.computeIfAbsent("forward", key -> new ArrayList<String>());
        forward.add(host + ":" + guest);
    }

    /** The guest's context id; the socket by which other tools reach it has no counterpart. */
    static void vsock(Node where, String cid, Conversion to) {
        if (cid.matches("[0-9]{1,9}") && Long.parseLong(cid) >= 3) {
            to.put("vsock", Long.parseLong(cid));
        } else {
            to.left(where, "context id " + cid, "is not a number of at least 3");
        }
    }

    /** A folder of the host. */
    static void share(String tag, String path, boolean readOnly, Conversion to) {
        Map<String, Object> share = new LinkedHashMap<>();
        share.put("tag", tag);
        share.put("path", path);
        if (!readOnly) {
            share.put("readOnly", false);
        }
        to.list("shares").add(share);
    }
}
