package crosvm.vmm.machine;

import crosvm.seccomp.filter.BpfProgram;
import crosvm.seccomp.filter.FilterCompiler;
import crosvm.seccomp.policy.Policy;
import crosvm.seccomp.policy.PolicySource;
import crosvm.vmm.VmmException;
import crosvm.vmm.device.blk.BlkDevice;
import crosvm.vmm.device.blk.BlockFile;
import crosvm.vmm.device.rng.RngDevice;
import crosvm.vmm.jail.JailDoor;
import crosvm.vmm.jail.JailProgram;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.UnixSocket;
import crosvm.vmm.vhostuser.Connection;
import crosvm.vmm.vhostuser.VhostUserException;
import crosvm.vmm.virtio.VirtioDevice;
import crosvm.vmm.virtio.host.ThreadBackend;
import crosvm.vmm.virtio.host.VhostUserServer;
import java.util.ArrayList;
import java.util.List;

/**
 * The program of a device process: makes one device of the descriptors it was handed, warms up, closes the jail's door,
 * and serves the vhost-user socket until the front-end hangs up. {@link #blk} and {@link #rng} make its arguments.
 */
public final class DeviceMain {
    private static final int SOCKET = JailProgram.FIRST_DESCRIPTOR;
    private static final int DISK = SOCKET + 1;

    private DeviceMain() {}

    /** Arguments for a disk whose open and locked image is the descriptor after the socket. */
    public static List<String> blk(String id, boolean readOnly, VhostUserServer.Memory memory) {
        return List.of("blk", memory.name(), id, readOnly ? "ro" : "rw");
    }

    /** Arguments for a source of random numbers, which needs no descriptor of its own. */
    public static List<String> rng(VhostUserServer.Memory memory) {
        return List.of("rng", memory.name());
    }

    /**
     * Status 0 when the front-end has hung up or has had to be left, 1 when anything of ours went wrong. The process is
     * halted: an orderly exit runs hooks on threads of their own, and the jail lets no thread be made.
     */
    public static void main(String[] arguments) {
        int status = 1;
        try {
            JailLog.install();
            run(new ArrayList<>(List.of(arguments)));
            status = 0;
        } catch (Throwable e) {
            JailLog.tell(String.join(" ", arguments) + ": " + e);
        } finally {
            Runtime.getRuntime().halt(status);
        }
    }

    private static void run(List<String> words) {
        String kind = words.remove(0);
        VhostUserServer.Memory memory = VhostUserServer.Memory.valueOf(words.remove(0));
        JailDoor door = JailDoor.prepare(filter(kind));
        DeviceWarmUp.run(kind);
        Connection connection = new Connection(UnixSocket.owning(Fd.owning(SOCKET, "vhost-user")));
        ThreadBackend backend = new ThreadBackend(device(kind, words));
        try (VhostUserServer server = new VhostUserServer(backend, connection, memory)) {
            backend.startWorkers();
            door.close(false);
            server.serve();
        } catch (VhostUserException e) {
            JailLog.tell(kind + ": " + e.getMessage());
        }
    }

    private static BpfProgram filter(String kind) {
        String policy = kind.equals("blk") ? "block_device.policy" : kind + "_device.policy";
        return FilterCompiler.compile(Policy.load(PolicySource.bundled(), policy));
    }

    private static VirtioDevice device(String kind, List<String> words) {
        return switch (kind) {
            case "blk" -> {
                boolean readOnly = words.get(1).equals("ro");
                yield new BlkDevice(BlockFile.of(Fd.owning(DISK, words.get(0)), readOnly), words.get(0));
            }
            case "rng" -> new RngDevice();
            default -> throw new VmmException("no device " + kind + " in a process of its own");
        };
    }
}
