package crosvm.runner.convert;

import java.util.Map;

/** The body of Cloud Hypervisor's request {@code vm.create}, of which older versions have other names for the kernel. */
final class CloudHypervisorJson implements ConvertSource {
    CloudHypervisorJson() {}

    @Override
    public String word() {
        return "cloud-hypervisor";
    }

    @Override
    public String tool() {
        return "Cloud Hypervisor";
    }

    @Override
    public Form form() {
        return Form.YAML;
    }

    @Override
    public boolean recognises(Node root) {
        return root.children().stream()
                .anyMatch(child -> child.name().equals("payload")
                        || child.name().equals("cpus")
                                && child.children().stream()
                                        .anyMatch(part -> part.name().endsWith("_vcpus")));
    }

    @Override
    public void convert(Node root, Conversion to) {
        Node payload = root.find("payload");
        if (payload != null) {
            Parts.kernel(payload.text("kernel"), payload.text("initramfs"), to);
            Parts.params(payload, payload.text("cmdline"), to);
        }
        Parts.kernel(root.text("kernel", "path"), root.text("initramfs", "path"), to);
        Node arguments = root.at("cmdline", "args");
        if (arguments != null) {
            Parts.params(arguments, arguments.text(), to);
        }
        Node cpus = root.find("cpus");
        if (cpus != null) {
            String boot = cpus.text("boot_vcpus");
            Parts.cpus(cpus, boot, to);
            cpus.takeIfSays(boot, "max_vcpus");
        }
        Node memory = root.find("memory");
        if (memory != null) {
            Long bytes = Values.bytes(memory.text("size"), 1);
            if (bytes != null) {
                Parts.memory(memory, bytes, to);
            }
            memory.takeIfSays("false", "mergeable", "hugepages", "shared", "prefault");
            memory.takeIfSays("true", "shared", "thp"); // As it is here.
            memory.takeIfSays("Acpi", "hotplug_method");
        }
        root.items("disks").forEach(disk -> disk(disk, to));
        root.items("net").forEach(network -> network(network, to));
        Node rng = root.find("rng");
        if (rng != null) {
            to.put("rng", true);
            rng.takeIfSays("/dev/urandom", "src");
            rng.takeIfSays("false", "iommu");
        }
        rest(root, to);
        Parts.finish(to);
    }

    private static void rest(Node root, Conversion to) {
        Node balloon = root.find("balloon");
        if (balloon != null) {
            Map<String, Object> fields = to.map("balloon");
            Long bytes = Values.bytes(balloon.text("size"), 1);
            if (bytes != null && bytes > 0) {
                fields.put("initial", Conversion.size(bytes));
            }
            fields.put("deflateOnOom", balloon.isTrue("deflate_on_oom"));
            fields.put("freePageReporting", balloon.isTrue("free_page_reporting"));
        }
        Node vsock = root.find("vsock");
        if (vsock != null) {
            Parts.vsock(vsock, vsock.text("cid"), to);
            Node socket = vsock.find("socket");
            if (socket != null) {
                to.left(socket.take(), "vsock.socket", "host programs connect by AF_VSOCK to the context id");
            }
        }
        port(root, "serial", "com1", to);
        port(root, "console", "hvc0", to);
        root.items("fs")
                .forEach(
                        share -> to.left(
                                share.take(),
                                "fs " + share.text("tag"),
                                "names the socket of a virtiofsd; in a spec shares names the folder, and crosvm starts virtiofsd"));
        root.takeIfSays("false", "iommu", "watchdog", "pvpanic");
    }

    private static void disk(Node disk, Conversion to) {
        Node path = disk.find("path");
        if (path == null) {
            to.left(disk.take(), "disk without path", "crosvm has no vhost-user disks of others");
            return;
        }
        Map<String, Object> made = Parts.disk(disk.text("id"), path.text(), disk.isTrue("readonly"), to);
        Node type = disk.find("image_type");
        if (type != null) {
            String format = type.text();
            Parts.format(made, format.equals("FixedVhd") ? "vhd" : format, type, to);
        } else if (path.text().endsWith(".qcow2")) {
            Parts.format(made, "qcow2", path, to);
        }
        if (disk.isTrue("direct")) {
            made.put("cache", "none");
        }
        disk.takeIfSays("false", "iommu", "vhost_user", "disable_io_uring", "disable_aio", "sparse");
    }

    private static void network(Node network, Conversion to) {
        String tap = network.text("tap");
        Map<String, Object> made = Parts.network(network.text("id"), tap, network.text("mac"), to);
        String ip = network.text("ip");
        if (tap.isEmpty() && !ip.isEmpty()) {
            made.remove("user");
            made.put("hostIp", ip);
            String mask = network.text("mask");
            made.put("netmask", mask.isEmpty() ? "255.255.255.0" : mask);
        } else if (!tap.isEmpty() && !ip.isEmpty()) {
            to.left(network, "net ip " + ip, "a tap that exists has its address already");
        }
        String queues = network.text("num_queues");
        if (queues.matches("[0-9]{1,3}") && Integer.parseInt(queues) > 2 && !tap.isEmpty()) {
            made.put("queues", Math.min(8, Integer.parseInt(queues) / 2));
        }
        network.takeIfSays("false", "iommu", "vhost_user");
        network.takeIfSays("Client", "vhost_mode");
    }

    private static void port(Node root, String name, String port, Conversion to) {
        Node node = root.find(name);
        if (node == null) {
            return;
        }
        String mode = node.text("mode");
        switch (mode) {
            case "Tty", "Pty" -> to.map("console").put(port, "terminal");
            case "Off", "Null" -> to.map("console").put(port, "none");
            case "File" -> to.map("console").put(port, Map.of("to", "file", "path", node.text("file")));
            case "Socket" -> to.map("console").put(port, Map.of("to", "socket", "path", node.text("socket")));
            default -> to.left(node, name + " " + mode, "has no counterpart");
        }
        node.takeIfSays("false", "iommu");
    }
}
