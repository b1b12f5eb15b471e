package crosvm.vmm.device.wl;

import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.virtio.DeviceLog;
import crosvm.vmm.virtio.DeviceType;
import crosvm.vmm.virtio.Feature;
import crosvm.vmm.virtio.QueueContext;
import crosvm.vmm.virtio.VirtioDevice;
import crosvm.vmm.virtio.queue.DescriptorChain;
import crosvm.vmm.virtio.queue.QueueBroken;
import crosvm.vmm.virtio.queue.SplitQueue;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * virtio-wl (linux/virtio_wl.h of Chrome OS): Wayland connections, shared memory and pipes for the guest, carried over two
 * queues. This class executes the guest's commands; {@link VfdStreams} moves what goes over connections and pipes.
 */
public final class WlDevice implements VirtioDevice {
    /** Descriptors that the guest can make it hold: both ends of pipes, what goes along with messages that wait, and what comes. */
    public static final int MAX_DESCRIPTORS = 2 * Vfds.MAX_VFDS + (VfdStreams.MAX_STALLED + 1) * WlProtocol.MAX_FDS;

    private static final String NAME = "wl";

    private final WlHost host;
    private final DeviceLog log = new DeviceLog(NAME);
    private final WlCommand command = new WlCommand();
    private final Vfds vfds;
    private final VfdStreams streams;
    private boolean transitional;
    private @Nullable QueueContext outContext;
    private @Nullable OutQueue out;

    /** @param host closed with the device */
    public WlDevice(WlHost host) {
        this.host = host;
        vfds = new Vfds(host, log);
        streams = new VfdStreams(vfds, log, this::handleCommands);
    }

    @Override
    public DeviceType type() {
        return DeviceType.WAYLAND;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public long features() {
        return WlProtocol.F_TRANS_FLAGS;
    }

    @Override
    public int queueCount() {
        return 2;
    }

    @Override
    public void negotiated(long features) {
        transitional = Feature.has(features, WlProtocol.F_TRANS_FLAGS);
    }

    @Override
    public void queueStarted(int queue, QueueContext context) {
        streams.setTransitional(transitional);
        if (queue == WlProtocol.QUEUE_IN) {
            streams.startIn(context);
        } else {
            out = new OutQueue(context.ring(), log);
            outContext = context;
            streams.startOut(context, out);
        }
    }

    @Override
    public void queueStopped(int queue) {
        if (queue == WlProtocol.QUEUE_IN) {
            streams.stopIn();
        } else {
            streams.stopOut();
            out = null;
            outContext = null;
        }
    }

    @Override
    public void handleQueue(int queue, SplitQueue ring) throws QueueBroken {
        if (queue == WlProtocol.QUEUE_IN) {
            streams.deliver();
        } else {
            handleCommands();
        }
    }

    private void handleCommands() throws QueueBroken {
        OutQueue commands = out;
        if (commands == null) {
            return;
        }
        while (!streams.commandsMustWait()) {
            DescriptorChain chain = commands.pop();
            if (chain == null) {
                return;
            }
            command.parse(chain, Objects.requireNonNull(outContext).memory());
            if (command.verdict() != WlProtocol.RESP_OK) {
                commands.answer(chain, command.verdict());
            } else {
                execute(commands, chain);
            }
        }
    }

    private void execute(OutQueue commands, DescriptorChain chain) throws QueueBroken {
        switch (command.type()) {
            case WlProtocol.VFD_CLOSE -> commands.answer(chain, closeVfd());
            case WlProtocol.VFD_SEND -> {
                int answer = send(chain);
                if (answer != 0) {
                    commands.answer(chain, answer);
                }
            }
            default -> {
                int verdict = vfds.verdictOnNew(command.id());
                Vfd made = verdict == WlProtocol.RESP_OK ? make() : null;
                if (made != null) {
                    commands.answerNew(chain, made, transitional);
                    streams.watch(made);
                } else {
                    commands.answer(chain, verdict == WlProtocol.RESP_OK ? refusal() : verdict);
                }
            }
        }
    }

    /** The vfd that was asked for, or null when the host does not give it. */
    private @Nullable Vfd make() {
        try {
            return switch (command.type()) {
                case WlProtocol.VFD_NEW -> {
                    long size = command.size() + WlProtocol.PAGE - 1 & -WlProtocol.PAGE;
                    yield size == 0 ? null : vfds.allocate(command.id(), size);
                }
                case WlProtocol.VFD_NEW_CTX -> vfds.connect(command.id());
                default ->
                    isPipe(command.flags()) ? vfds.pipe(command.id(), command.flags() == WlProtocol.FLAG_READ) : null;
            };
        } catch (ErrnoException e) {
            vfds.report("", e);
            return null;
        }
    }

    /** What a request is answered that was good, but could not be granted; or that never could. */
    private int refusal() {
        return switch (command.type()) {
            case WlProtocol.VFD_NEW ->
                command.size() == 0 ? WlProtocol.RESP_INVALID_TYPE : WlProtocol.RESP_OUT_OF_MEMORY;
            case WlProtocol.VFD_NEW_PIPE ->
                isPipe(command.flags()) ? WlProtocol.RESP_OUT_OF_MEMORY : WlProtocol.RESP_INVALID_FLAGS;
            default -> WlProtocol.RESP_ERR;
        };
    }

    private static boolean isPipe(int flags) {
        return flags == WlProtocol.FLAG_READ || flags == WlProtocol.FLAG_WRITE;
    }

    private int closeVfd() throws QueueBroken {
        Vfd vfd = vfds.get(command.id());
        if (vfd == null) {
            return WlProtocol.RESP_INVALID_ID;
        }
        streams.close(vfd);
        return WlProtocol.RESP_OK;
    }

    /** @return the answer, or 0 when it comes later */
    private int send(DescriptorChain chain) throws QueueBroken {
        Vfd vfd = vfds.get(command.id());
        if (vfd == null) {
            return WlProtocol.RESP_INVALID_ID;
        }
        if (!vfd.guestWrites() || command.idCount() > 0 && vfd.kind() != Vfd.Kind.SOCKET) {
            return WlProtocol.RESP_INVALID_TYPE;
        }
        List<Vfd> along = new ArrayList<>();
        for (int i = 0; i < command.idCount(); i++) {
            Vfd sent = vfds.get(command.id(i));
            if (sent == null) {
                return WlProtocol.RESP_INVALID_ID;
            }
            if (sent.sendable() == null) {
                return WlProtocol.RESP_INVALID_TYPE;
            }
            along.add(sent);
        }
        if (vfd.ended) {
            return WlProtocol.RESP_INVALID_TYPE; // Like everything else that takes no data.
        }
        return streams.send(vfd, new PendingSend(chain, along, command.dataOffset(), command.dataLength()));
    }

    @Override
    public void reset() {
        streams.clear();
        vfds.clear();
        transitional = false;
    }

    @Override
    public void close() {
        reset();
        host.close();
    }
}
