package crosvm.schema.check;

import crosvm.schema.bind.Draft;
import crosvm.schema.model.ConsoleSpec;
import crosvm.schema.model.PortSpec;
import crosvm.schema.model.PortTarget;
import crosvm.schema.model.VmSpec;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Where the ports and sockets of a machine lead. */
final class ConsoleChecks {
    /** sun_path of struct sockaddr_un without its final zero, in bytes. */
    private static final int MAX_SOCKET_PATH_BYTES = 107;

    private ConsoleChecks() {}

    static void check(Draft draft) {
        Map<Path, String> seen = new HashMap<>();
        String terminal = "";
        for (Map.Entry<String, PortSpec> entry : ports(draft.spec().console()).entrySet()) {
            String path = entry.getKey();
            PortSpec port = entry.getValue();
            if (!draft.sound(path) || !draft.sound(path + ".to") || !draft.sound(path + ".path")) {
                continue;
            }
            place(draft, port, path, seen);
            if (port.to() == PortTarget.TERMINAL) {
                if (!terminal.isEmpty()) {
                    String blamed = draft.given(path + ".to") ? path : terminal;
                    String other = blamed.equals(path) ? terminal : path;
                    draft.problem(
                            SpecRule.TERMINAL_TWICE,
                            blamed + ".to",
                            other + " leads to the terminal already"
                                    + (draft.given(other + ".to")
                                            ? " (" + draft.place(other + ".to") + ")"
                                            : ", by default"),
                            "lead one of them to none, a file or a socket");
                }
                terminal = path;
            }
        }
        sockets(draft);
        inputs(draft);
    }

    /** Nothing that the machine writes or makes may have the path of what it reads. */
    private static void inputs(Draft draft) {
        VmSpec spec = draft.spec();
        Map<Path, String> inputs = new HashMap<>();
        input(draft, inputs, spec.kernel().image(), "kernel.image");
        input(draft, inputs, spec.kernel().initrd(), "kernel.initrd");
        for (int i = 0; i < spec.disks().size(); i++) {
            input(draft, inputs, spec.disks().get(i).path(), "disks[" + i + "].path");
        }
        taken(draft, inputs, spec.control().socket(), "control.socket");
        ports(spec.console()).forEach((path, port) -> taken(draft, inputs, port.path(), path + ".path"));
    }

    private static void input(Draft draft, Map<Path, String> inputs, @Nullable Path file, String path) {
        if (file != null && draft.sound(path)) {
            inputs.putIfAbsent(file, path);
        }
    }

    private static void taken(Draft draft, Map<Path, String> inputs, @Nullable Path file, String path) {
        String input = file == null ? null : inputs.get(file);
        if (input != null) {
            draft.problem(
                    SpecRule.PATH_TAKEN,
                    path,
                    "is the path of " + input + " already (" + draft.place(input) + ")",
                    "give it a path of its own");
        }
    }

    private static Map<String, PortSpec> ports(ConsoleSpec console) {
        Map<String, PortSpec> ports = new LinkedHashMap<>();
        ports.put("console.com1", console.com1());
        ports.put("console.com2", console.com2());
        ports.put("console.com3", console.com3());
        ports.put("console.com4", console.com4());
        ports.put("console.hvc0", console.hvc0());
        return ports;
    }

    private static void place(Draft draft, PortSpec port, String path, Map<Path, String> seen) {
        boolean needsPath = port.to() == PortTarget.FILE || port.to() == PortTarget.SOCKET;
        if (needsPath && port.path() == null) {
            draft.problem(
                    SpecRule.PORT_PATH,
                    path + ".to",
                    "needs a path",
                    port.to() == PortTarget.FILE
                            ? "for example {to: file, path: console.log}"
                            : "for example {to: socket, path: console.sock}");
        } else if (!needsPath && port.path() != null) {
            draft.problem(
                    SpecRule.PORT_PATH, path + ".path", "has no meaning here", "only file and socket have a path");
        } else if (port.path() != null) {
            String before = seen.putIfAbsent(port.path(), path);
            if (before != null) {
                draft.problem(
                        SpecRule.PORT_TWICE,
                        path + ".path",
                        before + " leads there already (" + draft.place(before + ".path") + ")");
            }
        }
    }

    private static void sockets(Draft draft) {
        VmSpec spec = draft.spec();
        Path control = spec.control().socket();
        socket(draft, control, "control.socket");
        if (spec.wayland() != null) {
            socket(draft, spec.wayland().socket(), "wayland.socket");
        }
        ports(spec.console()).forEach((path, port) -> {
            if (port.to() != PortTarget.SOCKET) {
                return;
            }
            socket(draft, port.path(), path + ".path");
            if (control != null && control.equals(port.path())) {
                draft.problem(
                        SpecRule.SOCKET_TWICE,
                        path + ".path",
                        "is the control socket already (" + draft.place("control.socket") + ")");
            }
        });
    }

    private static void socket(Draft draft, @Nullable Path socket, String path) {
        if (socket == null) {
            return;
        }
        int length = socket.toString().getBytes(StandardCharsets.UTF_8).length;
        if (length > MAX_SOCKET_PATH_BYTES) {
            draft.problem(
                    SpecRule.SOCKET_PATH_TOO_LONG,
                    path,
                    "the absolute path has " + length + " bytes; a socket's has at most " + MAX_SOCKET_PATH_BYTES);
        }
    }
}
