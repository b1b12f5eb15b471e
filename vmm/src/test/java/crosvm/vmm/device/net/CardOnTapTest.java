package crosvm.vmm.device.net;

import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.in;
import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.out;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import crosvm.schema.model.Ipv4Address;
import crosvm.schema.model.MacAddress;
import crosvm.vmm.linux.PollSet;
import crosvm.vmm.linux.Tap;
import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.virtio.QueueBench;
import crosvm.vmm.virtio.queue.QueueBroken;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A card on a tap of this machine's: the host's kernel answers what the guest asks. */
class CardOnTapTest {
    private static final MacAddress MAC = MacAddress.parse("02:00:00:00:05:02");
    private static final long DATA = 0x10000;
    /** Who has 198.18.7.1? Tell 198.18.7.2 at our address. */
    private static final byte[] REQUEST = HexFormat.of()
            .parseHex("ffffffffffff" + "020000000502" + "0806" + "0001080006040001" + "020000000502" + "c6120702"
                    + "000000000000" + "c6120701");

    @BeforeAll
    static void needsRootAndTheDevice() {
        assumeTrue(Files.isWritable(Path.of("/dev/net/tun")), "no /dev/net/tun that this user may open");
        assumeTrue(System.getProperty("user.name").equals("root"), "creating a tap needs CAP_NET_ADMIN");
    }

    @Test
    void asksTheHostForItsAddressAndGetsAnAnswer() throws QueueBroken {
        try (GuestMemory memory = GuestMemory.allocate(1 << 20);
                Tap tap = Tap.create(1)) {
            tap.configure(
                    Ipv4Address.parse("198.18.7.1").bits(),
                    Ipv4Address.parse("255.255.255.0").bits());
            NetDevice card = NetDevice.onTap("lan", MAC, tap.queues(), tap.mtu());
            QueueBench receive = new QueueBench(card, 0, memory, 0x1000, 64, card.features());
            QueueBench transmit = new QueueBench(card, 1, memory, 0x4000, 16, card.features());
            memory.write(DATA + Frame.HEADER, REQUEST, 0, REQUEST.length);
            transmit.driver.offer(out(DATA, Frame.HEADER + REQUEST.length));
            for (int i = 0; i < 60; i++) {
                receive.driver.offer(in(DATA + 0x1000 + 0x800L * i, 0x800));
            }
            receive.handle();
            transmit.handle();
            assertThat(transmit.driver.usedIndex()).isEqualTo(1);
            assertThat(answer(memory, receive, tap)).isEqualTo("198.18.7.1 answers 02:00:00:00:05:02");
            assertThat(receive.told).isEmpty();
            receive.call.close();
            transmit.close();
        }
    }

    /** The host says other things, too (router solicitations and the like), before or after. */
    private static String answer(GuestMemory memory, QueueBench receive, Tap tap) throws QueueBroken {
        PollSet frames = PollSet.readable(tap.queues().get(0).number());
        int seen = 0;
        while (seen < 60 && (receive.driver.usedIndex() > seen || frames.await(10_000))) {
            receive.serveWatches();
            for (; seen < receive.driver.usedIndex(); seen++) {
                ByteBuffer frame = ByteBuffer.allocate(receive.driver.usedLength(seen));
                memory.read(DATA + 0x1000 + 0x800L * receive.driver.usedId(seen), frame.array(), 0, frame.capacity());
                boolean arpReply =
                        frame.getShort(Frame.HEADER + 12) == 0x0806 && frame.getShort(Frame.HEADER + 20) == 2;
                if (arpReply) {
                    return new Ipv4Address(frame.getInt(Frame.HEADER + 28)) + " answers "
                            + new MacAddress(frame.getLong(Frame.HEADER + 30) & 0xffff_ffff_ffffL);
                }
            }
        }
        return "nothing in " + seen + " frames";
    }
}
