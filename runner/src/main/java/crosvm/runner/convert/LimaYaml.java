package crosvm.runner.convert;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Lima's instance file. */
final class LimaYaml implements ConvertSource {
    LimaYaml() {}

    @Override
    public String word() {
        return "lima";
    }

    @Override
    public String tool() {
        return "Lima";
    }

    @Override
    public Form form() {
        return Form.YAML;
    }

    @Override
    public boolean recognises(Node root) {
        return root.children().stream()
                .anyMatch(child -> child.name().matches("images|vmType|minimumLimaVersion|base|containerd|provision"));
    }

    @Override
    public void convert(Node root, Conversion to) {
        Node cpus = root.find("cpus");
        if (cpus != null) {
            Parts.cpus(cpus, cpus.text(), to);
        }
        Node memory = root.find("memory");
        if (memory != null) {
            Long bytes = Values.bytes(memory.text(), 1);
            if (bytes == null) {
                to.left(memory, "memory " + memory.text(), "is not a size");
            } else {
                Parts.memory(memory, bytes, to);
            }
        }
        image(root, to);
        mounts(root, to);
        forwards(root, Parts.network("user", "", "", to), to);
        Node timezone = root.find("timezone");
        if (timezone != null) {
            to.map("guest").put("timezone", timezone.text());
        }
        root.takeIfSays("qemu", "vmType");
        root.takeIfSays("x86_64", "arch");
        Parts.finish(to);
    }

    private static void image(Node root, Conversion to) {
        Node chosen = null;
        for (Node image : root.items("images")) {
            String arch = image.text("arch");
            if (!arch.isEmpty() && !arch.equals("x86_64")) {
                image.take(); // For another processor: nothing that this machine would lose.
            } else if (chosen == null) {
                chosen = image;
            } else {
                to.left(image.take(), "image " + image.text("location"), "is another choice than the first for x86_64");
            }
        }
        if (chosen == null) {
            Node base = root.find("base");
            if (base == null) {
                throw new IllegalArgumentException("names no image for x86_64");
            }
            to.left(
                    base.take(),
                    "base " + (base.isLeaf() ? base.text() : ""),
                    "names the image, and lies in another file: root.img here");
            Parts.disk("root", "root.img", false, to).put("root", true);
            return;
        }
        String kernel = chosen.text("kernel", "location");
        Parts.kernel(kernel, chosen.text("initrd", "location"), to);
        Node location = chosen.find("location");
        disk(location == null ? chosen : location, chosen, root.find("disk"), to);
    }

    private static void disk(Node location, Node image, @Nullable Node size, Conversion to) {
        String url = location.text();
        Map<String, Object> disk = new LinkedHashMap<>();
        disk.put("id", "root");
        disk.put("root", true);
        if (url.matches("https?:.*")) {
            Map<String, Object> source = new LinkedHashMap<>();
            source.put("url", url);
            String digest = image.text("digest");
            if (digest.startsWith("sha256:")) {
                source.put("sha256", digest.substring("sha256:".length()));
            } else {
                to.left(
                        location,
                        "digest " + (digest.isEmpty() ? "of " + url : digest),
                        "a source has a SHA-256: curl -fsSL URL | sha256sum");
            }
            disk.put("source", source);
        } else {
            disk.put("path", url.startsWith("~/") ? Conversion.HOME + url.substring(1) : url);
        }
        boolean qcow2 = url.matches(".*\\.(qcow2|img)");
        if (qcow2) {
            disk.put("format", "qcow2");
        }
        disk.put("writes", "root-of-this-machine.qcow2");
        if (size != null) {
            Long bytes = Values.bytes(size.text(), 1);
            if (bytes != null) {
                disk.put("size", Conversion.size(bytes));
            }
        }
        to.list("disks").add(disk);
        to.note("cloud images are qcow2 although many are named .img; if this one is raw, leave format out");
    }

    private static void mounts(Node root, Conversion to) {
        List<Node> mounts = root.items("mounts");
        for (int i = 0; i < mounts.size(); i++) {
            Node mount = mounts.get(i);
            String path = mount.text("location");
            String folder = path.startsWith("~") ? Conversion.HOME + path.substring(1) : path;
            if (folder.contains("{{") || folder.isEmpty()) {
                to.left(mount.take(), "mount " + path, "has a place that Lima fills in");
                continue;
            }
            Parts.share("mount" + i, folder, !mount.isTrue("writable"), to);
            String where = mount.text("mountPoint");
            to.note("in the guest: mount -t virtiofs mount" + i + " " + (where.isEmpty() ? path : where));
        }
    }

    private static void forwards(Node root, Map<String, Object> network, Conversion to) {
        for (Node forward : root.items("portForwards")) {
            String guest = forward.text("guestPort");
            String host = forward.text("hostPort");
            String protocol = forward.text("proto");
            boolean ports = guest.matches("[1-9][0-9]{0,4}") && protocol.matches("(?i)tcp|any|");
            if (ports && !forward.isTrue("ignore")) {
                Parts.forward(network, host.isEmpty() ? guest : host, guest);
                forward.takeIfSays("0.0.0.0", "hostIP", "guestIP");
            } else {
                to.left(
                        forward.take(),
                        "portForwards to " + (guest.isEmpty() ? "a range or socket" : guest),
                        "only single TCP ports are forwarded");
            }
        }
    }
}
