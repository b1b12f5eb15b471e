package crosvm.vmm.virtio.remote;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.vmm.linux.Fd;
import crosvm.vmm.vhostuser.Connection;
import crosvm.vmm.vhostuser.Message;
import crosvm.vmm.vhostuser.ProtocolFeature;
import crosvm.vmm.vhostuser.Request;
import java.nio.ByteBuffer;
import java.util.List;

/** A front-end that says whatever a test wants it to say. */
final class RawFrontEnd implements AutoCloseable {
    static final int TIMEOUT = 10_000;

    final Connection connection;

    RawFrontEnd(Connection connection) {
        this.connection = connection;
    }

    void send(int request, ByteBuffer payload, Fd... fds) {
        connection.send(Message.request(request, payload, List.of(fds), false), TIMEOUT);
    }

    ByteBuffer ask(Request request, ByteBuffer payload) {
        send(request.number(), payload);
        try (Message reply = connection.receive(TIMEOUT)) {
            assertThat(reply).as("reply to %s", request).isNotNull();
            assertThat(reply.isReplyTo(request.number())).isTrue();
            return reply.payload();
        }
    }

    /** Sends with need_reply. @return the acknowledgement: 0 for success */
    long tell(int request, ByteBuffer payload, Fd... fds) {
        connection.send(Message.request(request, payload, List.of(fds), true), TIMEOUT);
        try (Message reply = connection.receive(TIMEOUT)) {
            assertThat(reply).as("acknowledgement of %s", request).isNotNull();
            assertThat(reply.isReplyTo(request)).isTrue();
            assertThat(reply.payload().capacity()).isEqualTo(8);
            return reply.payload().getLong(0);
        }
    }

    long tell(Request request, ByteBuffer payload, Fd... fds) {
        return tell(request.number(), payload, fds);
    }

    /** GET_FEATURES, all protocol features, all features, SET_OWNER. */
    void negotiate() {
        long features = ask(Request.GET_FEATURES, Message.payload(0)).getLong(0);
        assertThat(ask(Request.GET_PROTOCOL_FEATURES, Message.payload(0)).getLong(0))
                .isEqualTo(ProtocolFeature.ALL);
        send(Request.SET_PROTOCOL_FEATURES.number(), Message.u64(ProtocolFeature.ALL));
        assertThat(tell(Request.SET_OWNER, Message.payload(0))).isZero();
        assertThat(tell(Request.SET_FEATURES, Message.u64(features))).isZero();
    }

    @Override
    public void close() {
        connection.shutdown();
    }
}
