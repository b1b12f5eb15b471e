package crosvm.runner.convert;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** QEMU's command line, as people write it: options that stand for a PC with virtio devices. */
final class QemuOptions implements ConvertSource {
    /** Without a value; what they ask for is so here. */
    private static final Set<String> SO_HERE =
            Set.of("-enable-kvm", "-nographic", "-no-reboot", "-nodefaults", "-no-user-config");
    /** Without a value, and without a counterpart. */
    private static final Set<String> FLAGS = Set.of(
            "-snapshot",
            "-daemonize",
            "-S",
            "-s",
            "-no-shutdown",
            "-no-hpet",
            "-no-acpi",
            "-usb",
            "-full-screen",
            "-no-fd-bootchk");

    QemuOptions() {}

    @Override
    public String word() {
        return "qemu";
    }

    @Override
    public String tool() {
        return "QEMU";
    }

    @Override
    public Form form() {
        return Form.COMMAND;
    }

    @Override
    public boolean recognises(Node root) {
        return CommandWords.isProgram(root, "qemu.*|kvm");
    }

    @Override
    public void convert(Node root, Conversion to) {
        Node program = root.children().get(0);
        if (program.text().matches(".*system-(?!x86_64$|i386$).*")) {
            to.left(program, program.text(), "is of another processor; crosvm runs x86-64 guests");
        }
        new Machine(root, to).convert();
        root.take();
        Parts.finish(to);
    }

    /** One command line on its way. */
    private static final class Machine {
        private final Node root;
        private final Conversion to;
        private final QemuDevices devices;

        Machine(Node root, Conversion to) {
            this.root = root;
            this.to = to;
            this.devices = new QemuDevices(to);
        }

        void convert() {
            List<Node> words = root.children();
            for (int i = 1; i < words.size(); i++) {
                String option = words.get(i).text().replaceFirst("^--", "-");
                if (!option.startsWith("-")) {
                    devices.drive(words.get(i), Values.of("file=" + option));
                } else if (FLAGS.contains(option)) {
                    to.left(words.get(i), option, "has no counterpart");
                } else if (!SO_HERE.contains(option)) {
                    @Nullable Node value = CommandWords.after(root, i++);
                    if (value == null) {
                        to.left(words.get(i - 1), option, "has no value");
                    } else {
                        option(option, value);
                    }
                }
            }
            devices.finish();
        }

        private void option(String option, Node value) {
            String text = value.text();
            switch (option) {
                case "-m" -> memory(value, text);
                case "-smp" -> {
                    Values smp = Values.of(text);
                    String cpus = smp.first().isEmpty() ? smp.take("cpus") : smp.first();
                    Parts.cpus(value, cpus, to);
                    rest(value, "-smp", smp);
                }
                case "-kernel" -> Parts.kernel(text, "", to);
                case "-initrd" -> Parts.kernel("", text, to);
                case "-append" -> Parts.params(value, text, to);
                case "-name" -> {
                    Values name = Values.of(text);
                    Parts.name(name.first().isEmpty() ? name.take("guest") : name.first(), to);
                    rest(value, "-name", name);
                }
                case "-cpu", "-accel", "-machine", "-M", "-display", "-vga" -> platform(option, value, text);
                case "-serial" -> serial(value, text);
                case "-hda", "-hdb", "-hdc", "-hdd" -> devices.drive(value, Values.of("file=" + text));
                case "-drive" -> devices.drive(value, Values.of(text));
                case "-netdev" -> devices.netdev(value, Values.of(text));
                case "-nic" -> devices.nic(value, Values.of(text));
                case "-device" -> devices.device(value, Values.of(text));
                case "-object" -> devices.object(value, Values.of(text));
                default -> to.left(value, option + " " + text, "has no counterpart");
            }
        }

        private void memory(Node value, String text) {
            Values memory = Values.of(text);
            Long bytes = Values.bytes(memory.first().isEmpty() ? memory.take("size") : memory.first(), 1 << 20);
            if (bytes == null) {
                to.left(value, "-m " + text, "is not a size");
            } else {
                Parts.memory(value, bytes, to);
            }
            rest(value, "-m", memory);
        }

        /** What sort of PC it is: crosvm's is its own, with the host's processor under KVM. */
        private void platform(String option, Node value, String text) {
            boolean same = switch (option) {
                case "-cpu" -> text.matches("host|max");
                case "-accel" -> text.equals("kvm");
                case "-display", "-vga" -> text.equals("none");
                default -> text.matches("((type=)?(q35|pc|microvm)(-[0-9.]+)?,?)?(accel=kvm(:tcg)?)?");
            };
            if (!same) {
                to.left(value, option + " " + text, "has no counterpart");
            }
        }

        private void serial(Node value, String text) {
            String port = to.map("console").containsKey("com1") ? "com2" : "com1";
            String[] parts = text.split(":", 2);
            Map<String, Object> console = to.map("console");
            switch (parts[0]) {
                case "stdio" -> console.put(port, "terminal");
                case "mon" -> console.put(port, "terminal");
                case "none", "null" -> console.put(port, "none");
                case "file" -> console.put(port, Map.of("to", "file", "path", parts[1]));
                case "unix" -> console.put(port, Map.of("to", "socket", "path", parts[1].split(",")[0]));
                default -> to.left(value, "-serial " + text, "has no counterpart");
            }
        }

        private void rest(Node where, String option, Values values) {
            new LinkedHashMap<>(values.rest())
                    .forEach((key, text) -> to.left(where, option + " " + key + "=" + text, "has no counterpart"));
        }
    }
}
