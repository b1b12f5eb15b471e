package crosvm.vmm.module.kind;

import crosvm.schema.model.ShareSpec;
import crosvm.vmm.FailureReason;
import crosvm.vmm.VmmException;
import crosvm.vmm.event.EventLoop;
import crosvm.vmm.graph.PciFunctionPlan;
import crosvm.vmm.jail.JailedProcess;
import crosvm.vmm.jail.ProcessLog;
import crosvm.vmm.linux.ChildProcess;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.ProcessExit;
import crosvm.vmm.linux.UnixSocket;
import crosvm.vmm.module.PendingBackend;
import crosvm.vmm.vhostuser.Connection;
import crosvm.vmm.vhostuser.VhostUserException;
import crosvm.vmm.virtio.DeviceType;
import crosvm.vmm.virtio.VirtioBackend;
import crosvm.vmm.virtio.remote.RemoteDevice;
import crosvm.vmm.virtio.remote.VhostUserBackend;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A folder of the host in the guest: a virtiofsd of its own, and the vhost-user session with it. It listens, as its kind does;
 * nobody else can connect, because the socket has lost its path before it starts. Owned by the thread that builds the machine,
 * which must live as long as the process is to live.
 */
final class SharedFolder implements PendingBackend {
    /** virtio 1.2 §5.11.4: the tag, 36 bytes, and the number of request queues. */
    private static final int TAG_BYTES = 36;

    private static final int CONFIG_BYTES = TAG_BYTES + Integer.BYTES;
    private static final int ANSWER_MILLISECONDS = 60_000;
    private static final int END_MILLISECONDS = 500;
    private static final Map<String, String> ENVIRONMENT =
            Map.of("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL", "C.UTF-8");

    private final ShareSpec share;
    private final PciFunctionPlan plan;
    private final String name;
    private final ProcessLog log;
    private final UnixSocket socket;
    private final ChildProcess process;
    private final Consumer<String> onDeath;

    private SharedFolder(
            ShareSpec share,
            PciFunctionPlan plan,
            ProcessLog log,
            UnixSocket socket,
            ChildProcess process,
            Consumer<String> onDeath) {
        this.share = share;
        this.plan = plan;
        this.name = plan.name();
        this.log = log;
        this.socket = socket;
        this.process = process;
        this.onDeath = onDeath;
    }

    /**
     * Starts virtiofsd for a share.
     *
     * @param onDeath told when it has died while the guest ran; any thread
     * @throws VmmException when the folder or the program is not there
     */
    static SharedFolder start(ShareSpec share, PciFunctionPlan plan, EventLoop loop, Consumer<String> onDeath) {
        Virtiofsd.requireFolder(share);
        Path folder = share.path().toAbsolutePath();
        List<String> command = Virtiofsd.find(JailedProcess.isRoot()).command(folder, share.readOnly());
        ProcessLog log = new ProcessLog(plan.id(), loop);
        try {
            return start(share, plan, command, log, onDeath);
        } catch (RuntimeException e) {
            log.close();
            throw e;
        }
    }

    private static SharedFolder start(
            ShareSpec share, PciFunctionPlan plan, List<String> command, ProcessLog log, Consumer<String> onDeath) {
        Path folder = temporaryFolder();
        Path path = folder.resolve("virtiofsd.sock");
        try (UnixSocket listener = UnixSocket.listen(path.toString());
                Fd nothing = Fd.open("/dev/null", Fd.O_RDWR)) {
            UnixSocket socket = UnixSocket.connect(path.toString());
            try {
                ChildProcess process = ChildProcess.start(
                        "virtiofsd for " + plan.id(),
                        command,
                        ENVIRONMENT,
                        List.of(nothing, log.writer(), log.writer(), listener.fd()));
                log.letGoOfWriter();
                return new SharedFolder(share, plan, log, socket, process, onDeath);
            } catch (RuntimeException e) {
                socket.close();
                throw e;
            }
        } finally {
            remove(path);
            remove(folder);
        }
    }

    private static Path temporaryFolder() {
        try {
            return Files.createTempDirectory("crosvm-share");
        } catch (IOException e) {
            throw new VmmException("shares: no temporary folder for a socket: " + FailureReason.of(e), e);
        }
    }

    private static void remove(Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            throw new VmmException(path + ": cannot be removed: " + FailureReason.of(e), e);
        }
    }

    @Override
    public VirtioBackend connect(EventLoop loop) {
        RemoteDevice device = new RemoteDevice(
                DeviceType.FS, name, plan.queues().size(), plan.queues().get(0).size(), CONFIG_BYTES, config());
        try {
            return VhostUserBackend.open(
                    device,
                    new Connection(socket),
                    loop,
                    ANSWER_MILLISECONDS,
                    reason -> onDeath.accept(name + ": " + describeEnd(reason)));
        } catch (VhostUserException e) {
            throw new VmmException(
                    name + ": " + describeEnd(String.valueOf(e.getMessage())) + "; its messages are in the log", e);
        }
    }

    private byte[] config() {
        byte[] tag = share.tag().getBytes(StandardCharsets.UTF_8);
        ByteBuffer config = ByteBuffer.allocate(CONFIG_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        config.put(0, tag).putInt(TAG_BYTES, plan.queues().size() - 1); // One of the queues is hiprio.
        return config.array();
    }

    private String describeEnd(String reason) {
        ProcessExit status = process.await(END_MILLISECONDS);
        String who = "virtiofsd, process " + process.pid() + ", ";
        if (status != null) {
            return who + status;
        }
        process.signal(ProcessExit.SIGKILL);
        return reason + "; " + who + "was killed";
    }

    @Override
    public void close() {
        socket.close();
        process.await(END_MILLISECONDS);
        process.close();
        log.close();
    }
}
