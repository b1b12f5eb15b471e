package crosvm.runner.convert;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A domain of libvirt (libvirt.org, "Domain XML format"). */
final class LibvirtXml implements ConvertSource {
    LibvirtXml() {}

    @Override
    public String word() {
        return "libvirt";
    }

    @Override
    public String tool() {
        return "libvirt";
    }

    @Override
    public Form form() {
        return Form.XML;
    }

    @Override
    public boolean recognises(Node root) {
        return domain(root) != null;
    }

    private static @Nullable Node domain(Node root) {
        Node domain = root.find("domain");
        return domain == null ? root.at("domstatus", "domain") : domain;
    }

    @Override
    public void convert(Node root, Conversion to) {
        Node domain = domain(root);
        if (domain == null) {
            throw new IllegalArgumentException("has no element domain");
        }
        Parts.name(domain.text("name"), to);
        domain.takeIfSays("kvm", "@type");
        Node memory = domain.find("memory");
        if (memory != null) {
            String unit = memory.text("@unit");
            Long bytes = Values.bytes(memory.text() + (unit.isEmpty() ? "KiB" : unit.equals("bytes") ? "B" : unit), 1);
            if (bytes == null) {
                to.left(memory, "memory " + memory.text() + " " + unit, "is not a size");
            } else {
                Parts.memory(memory, bytes, to);
            }
            Node current = domain.find("currentMemory");
            if (current != null && current.text().equals(memory.text())) {
                current.take();
            } else if (current != null) {
                to.left(current.take(), "currentMemory " + current.text(), "is the balloon's to take: balloon.initial");
            }
        }
        Node cpus = domain.find("vcpu");
        if (cpus != null) {
            Parts.cpus(cpus, cpus.text(), to);
            cpus.takeIfSays("static", "@placement");
        }
        os(domain, to);
        Node devices = domain.find("devices");
        if (devices != null) {
            devices(devices, to);
        }
        lifecycle(domain, to);
        Parts.finish(to);
    }

    private static void os(Node domain, Conversion to) {
        Node os = domain.find("os");
        if (os == null) {
            return;
        }
        Node type = os.find("type");
        if (type != null) {
            String what = type.text();
            String arch = type.text("@arch");
            if (!what.equals("hvm") || !arch.matches("x86_64|")) {
                to.left(type, "os type " + what + " " + arch, "crosvm runs x86-64 guests under KVM");
            }
            if (type.text("@machine").matches("pc.*|q35|microvm")) {
                type.take();
            }
        }
        Parts.kernel(os.text("kernel"), os.text("initrd"), to);
        Node cmdline = os.find("cmdline");
        if (cmdline != null) {
            Parts.params(cmdline, cmdline.text(), to);
        }
        for (Node boot : os.all("boot")) {
            boot.takeIfSays("hd", "@dev");
            boot.text();
        }
    }

    private static void devices(Node devices, Conversion to) {
        devices.all("disk").forEach(disk -> disk(disk, to));
        devices.all("interface").forEach(network -> network(network, to));
        for (Node port : devices.all("serial")) {
            serial(port, to);
        }
        // The main console is the first serial port again.
        devices.all("console").forEach(Node::take);
        devices.all("emulator").forEach(Node::take);
        devices.all("controller").forEach(Node::take);
        Node balloon = devices.find("memballoon");
        if (balloon != null) {
            to.map("balloon").put("enabled", !balloon.text("@model").equals("none"));
            if (balloon.has("@autodeflate")) {
                to.map("balloon").put("deflateOnOom", balloon.isTrue("@autodeflate"));
            }
            if (balloon.has("@freePageReporting")) {
                to.map("balloon").put("freePageReporting", balloon.isTrue("@freePageReporting"));
            }
            balloon.all("address").forEach(Node::take);
        }
        for (Node rng : devices.all("rng")) {
            to.put("rng", true);
            rng.takeIfSays("virtio", "@model");
            rng.all("backend").forEach(backend -> backend.takeIfSays("random", "@model"));
            rng.all("address").forEach(Node::take);
        }
        Node vsock = devices.find("vsock");
        if (vsock != null) {
            Node cid = vsock.find("cid");
            vsock.takeIfSays("virtio", "@model");
            if (cid != null && cid.isTrue("@auto")) {
                to.put("vsock", "auto");
                cid.take();
            } else if (cid != null) {
                Parts.vsock(cid, cid.text("@address"), to);
            }
        }
        for (Node share : devices.all("filesystem")) {
            String folder = share.text("source", "@dir");
            String tag = share.text("target", "@dir");
            if (folder.isEmpty() || tag.isEmpty()) {
                to.left(share.take(), "filesystem", "is not a folder of the host");
            } else {
                Parts.share(tag, folder, share.has("readonly"), to);
                share.take();
            }
        }
    }

    private static void disk(Node disk, Conversion to) {
        Node source = disk.find("source");
        String path = source == null ? "" : source.text("@file") + source.text("@dev");
        String device = disk.text("@device");
        if (path.isEmpty() || device.equals("floppy")) {
            to.left(disk.take(), device.isEmpty() ? "disk" : device, "has no file or block device of this host");
            return;
        }
        boolean readOnly = disk.has("readonly") || device.equals("cdrom");
        String name = disk.text("target", "@dev");
        Map<String, Object> made = Parts.disk(name, path, readOnly, to);
        Node driver = disk.find("driver");
        if (driver != null) {
            Parts.format(made, driver.text("@type"), driver, to);
            driver.takeIfSays("qemu", "@name");
            Parts.cache(made, driver.text("@cache"));
        }
        if (disk.has("transient")) {
            made.remove("readOnly");
            made.put("writes", "discard");
        }
        if (!disk.text("target", "@bus").matches("virtio|")) {
            to.note("disk " + name + " is a virtio disk (/dev/vd…) here, of whatever kind it was");
        }
        limit(disk, made);
        disk.text("@type");
        disk.all("address").forEach(Node::take);
        disk.all("alias").forEach(Node::take);
        disk.all("boot").forEach(Node::take);
        disk.all("backingStore").forEach(store -> {
            if (store.children().isEmpty()) {
                store.take();
            }
        });
    }

    private static void limit(Node disk, Map<String, Object> made) {
        Map<String, Object> limit = new LinkedHashMap<>();
        String iops = disk.text("iotune", "total_iops_sec");
        String bytes = disk.text("iotune", "total_bytes_sec");
        if (iops.matches("[1-9][0-9]{0,9}")) {
            limit.put("iops", Long.parseLong(iops));
        }
        if (bytes.matches("[1-9][0-9]{0,14}")) {
            limit.put("bandwidth", Conversion.size(Long.parseLong(bytes)));
        }
        if (!limit.isEmpty()) {
            made.put("limit", limit);
        }
    }

    private static void network(Node network, Conversion to) {
        String type = network.text("@type");
        String mac = network.text("mac", "@address");
        String tap = type.equals("ethernet") ? network.text("target", "@dev") : "";
        Parts.network("", tap, mac, to);
        if (!type.equals("user") && tap.isEmpty()) {
            to.left(
                    network,
                    "interface of type " + type,
                    "is a network of the user's here, through passt: it reaches out, and forward leads in");
        }
        network.all("model").forEach(Node::take);
        network.all("address").forEach(Node::take);
        network.all("alias").forEach(Node::take);
        network.all("target").forEach(Node::take);
    }

    private static void serial(Node port, Conversion to) {
        String type = port.text("@type");
        String number = port.text("target", "@port");
        String name = "com" + (number.matches("[0-3]") ? Integer.parseInt(number) + 1 : 1);
        switch (type) {
            case "pty", "stdio" -> to.map("console").put(name, "terminal");
            case "null" -> to.map("console").put(name, "none");
            case "file" -> to.map("console").put(name, Map.of("to", "file", "path", port.text("source", "@path")));
            case "unix" -> to.map("console").put(name, Map.of("to", "socket", "path", port.text("source", "@path")));
            default -> to.left(port, "serial port of type " + type, "has no counterpart");
        }
        port.take();
    }

    private static void lifecycle(Node domain, Conversion to) {
        domain.takeIfSays("destroy", "on_poweroff", "on_reboot", "on_crash");
        domain.text("uuid");
        Node crash = domain.find("on_crash");
        if (crash != null && crash.text().equals("restart")) {
            to.put("restart", "on-crash");
        }
        Node clock = domain.find("clock");
        if (clock != null) {
            clock.takeIfSays("utc", "@offset");
        }
        Node features = domain.find("features");
        if (features != null) {
            features.all("acpi").forEach(Node::take);
            features.all("apic").forEach(Node::take);
        }
        Node cpu = domain.find("cpu");
        if (cpu != null && cpu.text("@mode").matches("host-passthrough|host-model|maximum")) {
            cpu.takeIfSays("none", "@check");
            cpu.takeIfSays("on", "@migratable");
        }
    }
}
