package crosvm.vmm.vhostuser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The payloads, byte by byte as the specification draws them. */
class MessageTest {
    private static MemoryTable.Region region(long guest, long size, long user, long offset) {
        return new MemoryTable.Region(guest, size, user, offset);
    }

    @Test
    void laysOutVringAddresses() {
        VringAddress address = new VringAddress(3, 1, 0x1000, 0x3000, 0x2000, 0x4000);
        ByteBuffer payload = address.encode();
        assertThat(payload.capacity()).isEqualTo(40);
        assertThat(payload.getInt(0)).isEqualTo(3);
        assertThat(payload.getInt(4)).isEqualTo(1);
        assertThat(payload.getLong(8)).isEqualTo(0x1000);
        assertThat(payload.getLong(16)).as("used").isEqualTo(0x3000);
        assertThat(payload.getLong(24)).as("available").isEqualTo(0x2000);
        assertThat(payload.getLong(32)).isEqualTo(0x4000);
        assertThat(VringAddress.decode(payload)).isEqualTo(address);
    }

    @Test
    void laysOutVringStates() {
        ByteBuffer payload = new VringState(2, 0xffff_fffeL).encode();
        assertThat(payload.capacity()).isEqualTo(8);
        assertThat(VringState.decode(payload)).isEqualTo(new VringState(2, 0xffff_fffeL));
    }

    @Test
    void laysOutMemoryTables() {
        MemoryTable table = new MemoryTable(
                List.of(region(0, 0x8000, 0x7f00_0000_0000L, 0), region(1L << 32, 0x1000, 0x7f10_0000_0000L, 0x8000)));
        ByteBuffer payload = table.encode();
        assertThat(payload.capacity()).isEqualTo(8 + 2 * 32);
        assertThat(payload.getInt(0)).isEqualTo(2);
        assertThat(payload.getLong(40)).isEqualTo(1L << 32);
        assertThat(payload.getLong(48)).isEqualTo(0x1000);
        assertThat(payload.getLong(56)).isEqualTo(0x7f10_0000_0000L);
        assertThat(payload.getLong(64)).isEqualTo(0x8000);
        assertThat(MemoryTable.decode(payload)).isEqualTo(table);
    }

    @Test
    void translatesUserAddressesUpToTheLastByteOfARegion() {
        MemoryTable table = new MemoryTable(List.of(region(0x10_0000, 0x1000, 0x5000, 0)));
        assertThat(table.toGuest(0x5000)).isEqualTo(0x10_0000);
        assertThat(table.toGuest(0x5fff)).isEqualTo(0x10_0fff);
        for (long outside : new long[] {0x4fff, 0x6000, 0, -1, Long.MIN_VALUE}) {
            assertThatThrownBy(() -> table.toGuest(outside)).isInstanceOf(VhostUserException.class);
        }
    }

    @Test
    void refusesRegionsThatOverlapForTheGuestOrTheFrontEnd() {
        MemoryTable guest = new MemoryTable(List.of(region(0, 0x2000, 0x10000, 0), region(0x1fff, 1, 0x20000, 0)));
        MemoryTable user = new MemoryTable(List.of(region(0, 0x2000, 0x10000, 0), region(0x9000, 0x1000, 0x11000, 0)));
        MemoryTable beside = new MemoryTable(List.of(region(0, 0x2000, 0x10000, 0), region(0x2000, 1, 0x12000, 0)));
        assertThatThrownBy(() -> MemoryTable.decode(guest.encode())).hasMessageContaining("overlap");
        assertThatThrownBy(() -> MemoryTable.decode(user.encode())).hasMessageContaining("overlap");
        assertThat(MemoryTable.decode(beside.encode())).isEqualTo(beside);
    }

    @Test
    void refusesRegionsThatAreEmptyOrWrap() {
        for (MemoryTable.Region wrong : List.of(
                region(0, 0, 0, 0),
                region(0, -1, 0, 0),
                region(-4096, 8192, 0, 0),
                region(Long.MAX_VALUE - 10, 11 + 1, 0, 0),
                region(0, 4096, -4096, 0),
                region(0, 4096, Long.MAX_VALUE - 100, 0),
                region(0, 4096, 0, -1),
                region(0, Long.MAX_VALUE, 0, 1))) {
            ByteBuffer payload = new MemoryTable(List.of(wrong)).encode();
            assertThatThrownBy(() -> MemoryTable.decode(payload))
                    .as("%s", wrong)
                    .hasMessageContaining("impossible");
        }
    }

    @Test
    void refusesMemoryTablesWhoseCountIsNotTheirs() {
        for (int count : new int[] {2, 9, -1, Integer.MIN_VALUE, 0x0800_0001}) {
            ByteBuffer payload =
                    new MemoryTable(List.of(region(0, 4096, 0, 0))).encode().putInt(0, count);
            assertThatThrownBy(() -> MemoryTable.decode(payload)).hasMessageContaining("regions in");
        }
    }

    @Test
    void refusesConfigurationAccessesBeyondTheSpaceOrTheirPayload() {
        byte[] bytes = {1, 2, 3, 4};
        ConfigAccess last = new ConfigAccess(252, 0, bytes);
        assertThat(ConfigAccess.decode(last.encode()).bytes()).containsExactly(1, 2, 3, 4);
        for (ByteBuffer wrong : List.of(
                new ConfigAccess(253, 0, bytes).encode(),
                new ConfigAccess(-1, 0, bytes).encode(),
                new ConfigAccess(Integer.MAX_VALUE, 0, bytes).encode(),
                last.encode().putInt(4, 5),
                last.encode().putInt(4, -1))) {
            assertThatThrownBy(() -> ConfigAccess.decode(wrong)).isInstanceOf(VhostUserException.class);
        }
    }

    @Test
    void knowsTheShapeOfEveryRequest() {
        for (Request request : Request.values()) {
            assertThat(Request.of(request.number())).isEqualTo(request);
            Message tooLong = Message.received(request.number(), 1, Message.payload(300), new ArrayList<>());
            assertThatThrownBy(() -> request.check(tooLong)).hasMessageContaining(request.name());
        }
        assertThat(Request.of(0)).isNull();
        assertThat(Request.of(6)).isNull();
        assertThat(Request.of(35)).isNull();
        assertThat(Request.of(-1)).isNull();
        assertThat(Request.of(Integer.MAX_VALUE)).isNull();
    }

    @Test
    void tellsRequestsFromReplies() {
        Message request = Message.request(1, Message.payload(0), List.of(), true);
        assertThat(request.isRequest()).isTrue();
        assertThat(request.needsReply()).isTrue();
        Message reply = request.reply(Message.u64(0));
        assertThat(reply.isRequest()).isFalse();
        assertThat(reply.isReplyTo(1)).isTrue();
        assertThat(reply.isReplyTo(2)).isFalse();
        assertThat(Message.received(1, 2, Message.payload(0), new ArrayList<>()).isRequest())
                .as("version 2")
                .isFalse();
    }
}
