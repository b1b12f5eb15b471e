package crosvm.runner.convert;

import java.util.List;
import java.util.Map;
import java.util.Set;

/** The command line of Chrome OS's crosvm, of 2018 and of today: {@code crosvm run [OPTION…] KERNEL}. */
final class CrosvmOptions implements ConvertSource {
    private static final Set<String> FLAGS = Set.of(
            "--disable-sandbox",
            "--multiprocess",
            "--no-legacy",
            "--no-usb",
            "--no-smt",
            "--no-rng",
            "--no-balloon",
            "--unmap-guest-memory-on-fork",
            "--hugepages",
            "--split-irqchip",
            "--protected-vm",
            "--s2idle",
            "--no-i8042",
            "--no-rtc",
            "--x-display",
            "--lock-guest-memory",
            "-u");

    CrosvmOptions() {}

    @Override
    public String word() {
        return "crosvm";
    }

    @Override
    public String tool() {
        return "crosvm";
    }

    @Override
    public Form form() {
        return Form.COMMAND;
    }

    @Override
    public boolean recognises(Node root) {
        return CommandWords.isProgram(root, "crosvm")
                && root.children().stream().anyMatch(word -> word.text().equals("run"));
    }

    @Override
    public void convert(Node root, Conversion to) {
        List<Node> words = root.children();
        boolean run = false;
        for (int i = 1; i < words.size(); i++) {
            Node word = words.get(i);
            String option = word.text();
            if (!run) {
                run = option.equals("run");
                if (!run) {
                    to.left(word, option, "has no counterpart");
                }
            } else if (!option.startsWith("-")) {
                Parts.kernel(option, "", to);
            } else if (FLAGS.contains(option)) {
                flag(word, option, to);
            } else {
                int equals = option.indexOf('=');
                if (equals > 0) {
                    option(word, option.substring(0, equals), option.substring(equals + 1), to);
                } else if (i + 1 < words.size()) {
                    option(word, option, words.get(++i).text(), to);
                } else {
                    to.left(word, option, "has no value");
                }
            }
        }
        root.take();
        Parts.finish(to);
    }

    private static void flag(Node word, String flag, Conversion to) {
        switch (flag) {
            case "--disable-sandbox" ->
                to.left(word, flag, "devices are jailed here; crosvm up --disable-sandbox for debugging");
            case "--no-balloon" -> to.map("balloon").put("enabled", false);
            case "--no-rng" -> to.put("rng", false);
            case "--multiprocess", "-u", "--no-usb" -> {
                // As it is here.
            }
            default -> to.left(word, flag, "has no counterpart");
        }
    }

    private static void option(Node word, String option, String text, Conversion to) {
        Values values = Values.of(text);
        switch (option) {
            case "-c", "--cpus" ->
                Parts.cpus(word, values.first().isEmpty() ? values.take("num-cores") : values.first(), to);
            case "-m", "--mem" -> {
                Long bytes = Values.bytes(values.first().isEmpty() ? values.take("size") : values.first(), 1 << 20);
                if (bytes == null) {
                    to.left(word, option + " " + text, "is not a number of MiB");
                } else {
                    Parts.memory(word, bytes, to);
                }
            }
            case "-i", "--initrd" -> Parts.kernel("", text, to);
            case "-p", "--params" -> params(word, text, to);
            case "--name" -> Parts.name(text, to);
            case "-d", "--disk", "--qcow" -> disk(word, values, true, false, to);
            case "--rwdisk", "--rwqcow" -> disk(word, values, false, false, to);
            case "-r", "--root" -> disk(word, values, true, true, to);
            case "--rwroot" -> disk(word, values, false, true, to);
            case "-b", "--block" -> disk(word, values, values.isOn("ro"), values.isOn("root"), to);
            case "--host_ip", "--host-ip" -> net(to).put("hostIp", text);
            case "--netmask" -> net(to).put("netmask", text);
            case "--mac" -> net(to).put("mac", text);
            case "--tap-name" -> Parts.network("", text, "", to);
            case "--net" -> network(values, to);
            case "--cid" -> Parts.vsock(word, text, to);
            case "--vsock" -> Parts.vsock(word, values.first().isEmpty() ? values.take("cid") : values.first(), to);
            case "-s", "--socket" -> to.put("control", Map.of("socket", text));
            case "--wayland-sock" -> to.put("wayland", values.first());
            case "--serial" -> serial(word, values, to);
            case "--shared-dir" -> shared(word, text, to);
            default -> {
                to.left(word, option + " " + text, "has no counterpart");
                return;
            }
        }
        if (!option.matches("-p|--params|--shared-dir")) {
            values.rest()
                    .forEach((key, value) -> to.left(word, option + " " + key + "=" + value, "has no counterpart"));
        }
    }

    /** The option may stand there several times. */
    private static void params(Node word, String text, Conversion to) {
        Object before = to.map("kernel").get("params");
        String earlier = before instanceof List<?> list
                ? String.join(" ", list.stream().map(String::valueOf).toList()) + " "
                : "";
        Parts.params(word, earlier + text, to);
    }

    private static void disk(Node word, Values values, boolean readOnly, boolean root, Conversion to) {
        String path = values.first().isEmpty() ? values.take("path") : values.first();
        Map<String, Object> disk = Parts.disk(values.take("id"), path, readOnly, to);
        if (root) {
            disk.put("root", true);
        }
        if (values.isOn("direct", "o_direct")) {
            disk.put("cache", "none");
        }
        values.take("ro", "root", "sparse");
        if (path.endsWith(".qcow2") || word.text().contains("qcow")) {
            Parts.format(disk, "qcow2", word, to);
        }
    }

    /** The network that --host-ip, --netmask and --mac describe together. */
    private static Map<String, Object> net(Conversion to) {
        if (!to.has("networks")) {
            Parts.network("", "", "", to).remove("user");
        }
        return to.list("networks").get(0);
    }

    private static void network(Values values, Conversion to) {
        Map<String, Object> network = Parts.network("", values.take("tap-name"), values.take("mac"), to);
        String ip = values.take("host-ip");
        if (!ip.isEmpty()) {
            network.remove("user");
            network.put("hostIp", ip);
            network.put("netmask", values.take("netmask"));
        }
    }

    private static void serial(Node word, Values values, Conversion to) {
        String hardware = values.take("hardware");
        String number = values.take("num");
        String port = hardware.equals("virtio-console") ? "hvc0" : "com" + (number.matches("[1-4]") ? number : "1");
        values.take("console", "stdin", "earlycon");
        String type = values.take("type");
        String path = values.take("path");
        switch (type) {
            case "stdout" -> to.map("console").put(port, "terminal");
            case "sink", "syslog" -> to.map("console").put(port, "none");
            case "file" -> to.map("console").put(port, Map.of("to", "file", "path", path));
            case "unix", "unix-stream" -> to.map("console").put(port, Map.of("to", "socket", "path", path));
            default -> to.left(word, "--serial type=" + type, "has no counterpart");
        }
    }

    /** {@code PATH:TAG[:key=value…]}. */
    private static void shared(Node word, String text, Conversion to) {
        String[] parts = text.split(":");
        if (parts.length < 2) {
            to.left(word, "--shared-dir " + text, "is not PATH:TAG");
            return;
        }
        Parts.share(parts[1], parts[0], false, to);
        for (int i = 2; i < parts.length; i++) {
            if (!parts[i].equals("type=fs")) {
                to.left(word, "--shared-dir " + parts[i], "has no counterpart");
            }
        }
    }
}
