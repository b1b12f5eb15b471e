package crosvm.vmm.virtio.host;

import crosvm.vmm.VmmException;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.memory.GuestAddressException;
import crosvm.vmm.vhostuser.Connection;
import crosvm.vmm.vhostuser.MemoryTable;
import crosvm.vmm.vhostuser.Message;
import crosvm.vmm.vhostuser.ProtocolFeature;
import crosvm.vmm.vhostuser.Request;
import crosvm.vmm.vhostuser.VhostUserException;
import crosvm.vmm.vhostuser.VringAddress;
import crosvm.vmm.vhostuser.VringState;
import crosvm.vmm.virtio.DeviceHost;
import crosvm.vmm.virtio.DeviceLog;
import crosvm.vmm.virtio.Feature;
import crosvm.vmm.virtio.VirtioBackend;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A vhost-user back-end: lets a front-end on a socket drive a device that runs here. The thread inside {@link #serve()}
 * owns everything; the device's own threads come in through {@link DeviceHost} only. Whatever the front-end sends, the
 * worst that happens is the end of the connection.
 */
public final class VhostUserServer implements DeviceHost, AutoCloseable {
    private static final int SEND_MILLISECONDS = 5000;
    private static final long INDEX_MASK = 0xff;
    private static final long NO_FD = 0x100;
    private static final long SUCCESS = 0;
    private static final long FAILURE = 1;

    private final VirtioBackend device;
    private final Connection connection;
    private final Memory trust;
    private final DeviceLog log;
    private final ServedRing[] rings;
    private final ServedConfig config;
    private final long offered;
    private long protocolFeatures;
    private long accepted;
    private @Nullable ServedMemory memory;

    /** Which memory a front-end may share. */
    public enum Memory {
        /** Memfds that cannot be truncated any more: what our own front-end has. */
        SEALED,
        /** Any file: if the front-end truncates it, this process may end by SIGBUS. */
        ANY
    }

    /** @param device not started yet; closed with this, as is the connection */
    public VhostUserServer(VirtioBackend device, Connection connection, Memory trust) {
        this.device = device;
        this.connection = connection;
        this.trust = trust;
        this.log = new DeviceLog(device.name());
        this.config = new ServedConfig(device);
        this.offered = device.features() | Feature.VERSION_1 | ProtocolFeature.NEGOTIABLE;
        this.rings = new ServedRing[device.queueCount()];
        for (int i = 0; i < rings.length; i++) {
            rings[i] = new ServedRing(device, i);
        }
        device.listen(this);
    }

    /**
     * Answers requests until the front-end hangs up.
     *
     * @throws VhostUserException when it breaks the protocol in a way that leaves no other answer
     */
    public void serve() {
        while (true) {
            try (Message message = connection.receive(-1)) {
                if (message == null) {
                    return;
                }
                handle(message);
            }
        }
    }

    private void handle(Message message) {
        if (!message.isRequest()) {
            throw new VhostUserException(message + " with the flags of no request");
        }
        Request request = Request.of(message.request());
        try {
            if (request == null || !request.isLegalWith(protocolFeatures)) {
                throw new VhostUserException(message + " has not been negotiated");
            }
            request.check(message);
            ByteBuffer reply = execute(request, message);
            if (reply != null) {
                send(message.reply(reply));
            } else {
                acknowledge(message, SUCCESS);
            }
        } catch (VmmException | GuestAddressException | IllegalArgumentException e) {
            if (request == Request.GET_CONFIG) {
                send(message.reply(ServedConfig.REFUSED));
            } else if (request != null && request.reply() != Request.Reply.ACK || !wantsAcknowledgement(message)) {
                throw new VhostUserException("the front-end: " + e.getMessage());
            } else {
                log.report("the front-end: " + e.getMessage());
                acknowledge(message, FAILURE);
            }
        }
    }

    private boolean wantsAcknowledgement(Message message) {
        return message.needsReply() && (protocolFeatures & ProtocolFeature.REPLY_ACK) != 0;
    }

    private void acknowledge(Message message, long result) {
        if (wantsAcknowledgement(message)) {
            send(message.reply(Message.u64(result)));
        }
    }

    private void send(Message reply) {
        connection.send(reply, SEND_MILLISECONDS);
    }

    /** @return the reply's payload for requests that always have one */
    private @Nullable ByteBuffer execute(Request request, Message message) {
        ByteBuffer payload = message.payload();
        switch (request) {
            case GET_FEATURES:
                return Message.u64(offered);
            case GET_PROTOCOL_FEATURES:
                return Message.u64(ProtocolFeature.ALL);
            case GET_QUEUE_NUM:
                return Message.u64(rings.length);
            case GET_VRING_BASE:
                VringState state = VringState.decode(payload);
                return new VringState(state.index(), ring(state.index()).stopAndForgetKick()).encode();
            case GET_CONFIG:
                return config.read(payload);
            case SET_CONFIG:
                config.write(payload);
                break;
            case SET_FEATURES:
                acceptFeatures(payload.getLong(0));
                break;
            case SET_PROTOCOL_FEATURES:
                acceptProtocolFeatures(payload.getLong(0));
                break;
            case SET_BACKEND_REQ_FD:
                config.setChannel(message.takeFd());
                break;
            case SET_MEM_TABLE:
                setMemory(message);
                break;
            case RESET_DEVICE:
                reset();
                break;
            case SET_OWNER: // The session begins, which it has by the connection.
            case RESET_OWNER: // Deprecated; the recommended reaction is none.
                break;
            default:
                setUpRing(request, message);
        }
        return null;
    }

    private void setUpRing(Request request, Message message) {
        ServedRing ring;
        switch (request) {
            case SET_VRING_ADDR -> {
                VringAddress address = VringAddress.decode(message.payload());
                ring = ring(address.index());
                ring.setAddress(address, memory == null ? null : memory.table());
            }
            case SET_VRING_KICK, SET_VRING_CALL, SET_VRING_ERR -> {
                long value = message.payload().getLong(0);
                ring = ring((int) (value & INDEX_MASK));
                setSignal(request, ring, message, value);
            }
            default -> {
                VringState state = VringState.decode(message.payload());
                ring = ring(state.index());
                switch (request) {
                    case SET_VRING_NUM -> ring.setSize(state.number());
                    case SET_VRING_BASE -> ring.setBase(state.number());
                    default -> ring.setEnabled(state.number() != 0);
                }
            }
        }
        ring.startIfReady(memory);
    }

    private static void setSignal(Request request, ServedRing ring, Message message, long value) {
        boolean none = (value & NO_FD) != 0;
        if (none != message.fds().isEmpty() || (value & ~(INDEX_MASK | NO_FD)) != 0) {
            throw new VhostUserException(message + " of 0x" + Long.toHexString(value) + " with "
                    + message.fds().size() + " descriptors");
        }
        Fd fd = none ? null : message.takeFd();
        switch (request) {
            case SET_VRING_KICK -> ring.setKick(fd);
            case SET_VRING_CALL -> ring.setCall(fd);
            default -> ring.setError(fd);
        }
    }

    private ServedRing ring(int index) {
        if (index < 0 || index >= rings.length) {
            throw new VhostUserException(
                    "queue " + Integer.toUnsignedLong(index) + " of " + rings.length + ", which are counted from 0");
        }
        return rings[index];
    }

    private void acceptFeatures(long features) {
        if ((features & ~offered) != 0 || !Feature.has(features, Feature.VERSION_1)) {
            throw new VhostUserException("features 0x" + Long.toHexString(features) + " of 0x"
                    + Long.toHexString(offered) + ", of which VERSION_1 is indispensable");
        }
        if (features == accepted) {
            return;
        }
        for (ServedRing ring : rings) {
            if (ring.isRunning()) {
                throw new VhostUserException("other features while a queue is running");
            }
        }
        accepted = features;
        device.acceptFeatures(features & ~ProtocolFeature.NEGOTIABLE);
        if (!Feature.has(features, ProtocolFeature.NEGOTIABLE)) {
            for (ServedRing ring : rings) {
                ring.setEnabled(true); // "If not negotiated, the ring starts directly in the enabled state."
            }
        }
    }

    private void acceptProtocolFeatures(long features) {
        if ((features & ~ProtocolFeature.ALL) != 0) {
            throw new VhostUserException("protocol features 0x" + Long.toHexString(features) + " of 0x"
                    + Long.toHexString(ProtocolFeature.ALL));
        }
        protocolFeatures = features;
    }

    /** Rings that run pause meanwhile, and go on in the new memory. */
    private void setMemory(Message message) {
        ServedMemory next =
                ServedMemory.map(MemoryTable.decode(message.payload()), message.fds(), trust == Memory.SEALED);
        for (ServedRing ring : rings) {
            ring.stop();
        }
        ServedMemory before = memory;
        memory = next;
        device.setMemory(next.memory());
        if (before != null) {
            before.close();
        }
        for (ServedRing ring : rings) {
            ring.startIfReady(next);
        }
    }

    private void reset() {
        device.reset();
        accepted = 0;
        for (ServedRing ring : rings) {
            ring.reset();
        }
    }

    /** The front-end is asked to read the configuration space again, if it has given us a way to do so. */
    @Override
    public void configChanged() {
        config.announceChange();
    }

    /** The front-end learns of it by the error eventfds, the reader of our log the reason. */
    @Override
    public void needsReset(String reason) {
        log.report(reason);
        for (ServedRing ring : rings) {
            ring.signalError();
        }
    }

    /** After {@link #serve()} has returned: stops the device and frees everything. */
    @Override
    public void close() {
        for (ServedRing ring : rings) {
            ring.stop();
        }
        device.close();
        for (ServedRing ring : rings) {
            ring.close();
        }
        if (memory != null) {
            memory.close();
        }
        config.close();
        connection.close();
    }
}
