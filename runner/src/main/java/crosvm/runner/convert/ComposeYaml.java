package crosvm.runner.convert;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A Compose file: its services, the ports that they publish and what they depend on. What runs in a machine is a root image with a
 * kernel, which a container image is not: each machine gets the name of an image to be made.
 */
final class ComposeYaml implements ConvertSource {
    ComposeYaml() {}

    @Override
    public String word() {
        return "compose";
    }

    @Override
    public String tool() {
        return "Compose";
    }

    @Override
    public Form form() {
        return Form.YAML;
    }

    @Override
    public boolean recognises(Node root) {
        return root.children().stream().anyMatch(child -> child.name().equals("services"));
    }

    @Override
    public void convert(Node root, Conversion to) {
        Node services = root.find("services");
        if (services == null || services.children().isEmpty()) {
            throw new IllegalArgumentException("has no services");
        }
        Parts.name(root.text("name"), to);
        root.text("version");
        to.note(
                "each machine needs a root image with the service in it, named SERVICE.img here; a container image has no kernel");
        Map<String, Object> machines = to.map("machines");
        for (Node service : services.children()) {
            machines.put(name(service.name()), machine(service, to));
        }
    }

    private static String name(String service) {
        return service.replaceAll("[^A-Za-z0-9_.-]", "-");
    }

    private static Map<String, Object> machine(Node service, Conversion to) {
        Map<String, Object> machine = new LinkedHashMap<>();
        dependencies(service, machine, to);
        replicas(service, machine);
        machine.put("kernel", Map.of("image", "vmlinuz", "initrd", "initrd.img"));
        limits(service, machine, to);
        machine.put(
                "disks",
                List.of(new LinkedHashMap<>(
                        Map.of("id", "root", "path", name(service.name()) + ".img", "root", true))));
        Node image = service.find("image");
        if (image != null) {
            to.left(image, service.name() + ".image " + image.text(), "is a container image, without a kernel");
        }
        Map<String, Object> network = new LinkedHashMap<>();
        network.put("user", true);
        ports(service, network, to);
        machine.put("networks", List.of(network));
        String hostname = service.text("hostname");
        if (hostname.matches("[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")) {
            machine.put("guest", Map.of("hostname", hostname));
        }
        restart(service, machine);
        return machine;
    }

    private static void dependencies(Node service, Map<String, Object> machine, Conversion to) {
        Map<String, Object> depends = new LinkedHashMap<>();
        for (Node dependency : service.items("depends_on")) {
            if (dependency.name().startsWith("[")) {
                depends.put(name(dependency.text()), "started");
                continue;
            }
            switch (dependency.text("condition")) {
                case "service_completed_successfully" -> depends.put(name(dependency.name()), "ended");
                case "service_healthy" -> {
                    depends.put(name(dependency.name()), "started");
                    to.left(
                            dependency,
                            service.name() + ".depends_on." + dependency.name() + " service_healthy",
                            "say in that machine when it is ready, and here: ready");
                }
                default -> depends.put(name(dependency.name()), "started");
            }
        }
        if (!depends.isEmpty()) {
            machine.put("dependsOn", depends);
        }
    }

    private static void replicas(Node service, Map<String, Object> machine) {
        String replicas = service.text("deploy", "replicas");
        if (replicas.matches("[1-9][0-9]{0,2}")) {
            machine.put("replicas", Integer.parseInt(replicas));
        }
    }

    private static void limits(Node service, Map<String, Object> machine, Conversion to) {
        Node limit = service.at("deploy", "resources", "limits", "memory");
        Node memory = limit == null ? service.find("mem_limit") : limit;
        Long bytes = memory == null ? null : Values.bytes(memory.text(), 1);
        machine.put("memory", "512MiB");
        if (bytes != null && bytes >= 64 << 20) {
            machine.put("memory", Conversion.size((bytes + 4095) / 4096 * 4096));
        } else if (memory != null) {
            to.left(memory, service.name() + " memory " + memory.text(), "is too little for a machine, or no size");
        }
        Node cpus = service.at("deploy", "resources", "limits", "cpus");
        if (cpus != null && cpus.text().matches("[0-9]{1,3}(\\.[0-9]+)?")) {
            machine.put("cpus", Math.max(1, (int) Math.ceil(Double.parseDouble(cpus.text()))));
        }
    }

    /** {@code [HOST:]GUEST[/tcp]} and the long form. */
    private static void ports(Node service, Map<String, Object> network, Conversion to) {
        for (Node port : service.items("ports")) {
            String text = port.isLeaf() ? port.text() : port.text("published") + ":" + port.text("target");
            String protocol = port.isLeaf() ? "" : port.text("protocol");
            String ports = text.replaceFirst("/tcp$", "");
            String[] parts = ports.split(":");
            boolean plain = parts.length <= 2 && ports.matches("[0-9]{1,5}(:[0-9]{1,5})?") && protocol.matches("tcp|");
            if (plain) {
                Parts.forward(network, parts[0], parts[parts.length - 1]);
                port.takeIfSays("ingress", "mode");
                port.takeIfSays("host", "mode");
            } else {
                to.left(port.take(), service.name() + ".ports " + text, "is not a single TCP port on all addresses");
            }
        }
    }

    private static void restart(Node service, Map<String, Object> machine) {
        String restart = service.text("restart");
        switch (restart.split(":")[0]) {
            case "always", "unless-stopped" -> machine.put("restart", "always");
            case "on-failure" -> machine.put("restart", "on-crash");
            default -> {
                // no, or nothing: the default here, too.
            }
        }
    }
}
