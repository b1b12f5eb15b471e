package crosvm.schema.check;

import crosvm.schema.bind.Draft;
import crosvm.schema.model.PortSpec;
import crosvm.schema.model.PortTarget;
import crosvm.schema.model.VmSpec;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Where the ports and sockets of a machine lead. */
final class ConsoleChecks {
    /** sun_path of struct sockaddr_un without its final zero, in bytes. */
    private static final int MAX_SOCKET_PATH_BYTES = 107;

    private ConsoleChecks() {}

    static void check(Draft draft) {
        String terminal = "";
        for (Map.Entry<String, PortSpec> entry :
                PathUse.ports(draft.spec().console()).entrySet()) {
            String path = entry.getKey();
            PortSpec port = entry.getValue();
            if (!draft.sound(path) || !draft.sound(path + ".to") || !draft.sound(path + ".path")) {
                continue;
            }
            place(draft, port, path);
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
    }

    private static void place(Draft draft, PortSpec port, String path) {
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
        }
    }

    private static void sockets(Draft draft) {
        VmSpec spec = draft.spec();
        Path control = spec.control().socket();
        socket(draft, control, "control.socket");
        if (spec.wayland() != null) {
            socket(draft, spec.wayland().socket(), "wayland.socket");
        }
        for (Map.Entry<String, PortSpec> port : PathUse.ports(spec.console()).entrySet()) {
            if (port.getValue().to() == PortTarget.SOCKET) {
                socket(draft, port.getValue().path(), port.getKey() + ".path");
            }
        }
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
