package crosvm.vmm.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.vmm.linux.FdChannel;
import crosvm.vmm.linux.UnixSocket;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against a server whose words are written down here, as the description of the protocol has them; with a real one in ServedDiskJailIT. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class NbdConnectionTest {
    private static final String GREETING = "4e42444d41474943 49484156454f5054 0003";
    private static final String INFO = "0003e889045565a9 00000007 00000003 0000000c 0000 0000000000100000 0003";
    private static final String BLOCKS = "0003e889045565a9 00000007 00000003 0000000e 0003 00000001 00001000 02000000";
    private static final String ACK = "0003e889045565a9 00000007 00000001 00000000";

    private final List<UnixSocket> pair = UnixSocket.pair("nbd");
    private final NbdConnection client = new NbdConnection(pair.get(0), 30_000);
    private final FdChannel server = FdChannel.over(pair.get(1).fd().number(), "server");

    private void says(String... hex) {
        for (String some : hex) {
            server.write(ByteBuffer.wrap(HexFormat.of().parseHex(some.replace(" ", ""))));
        }
    }

    private String hears(int bytes) {
        ByteBuffer heard = ByteBuffer.allocate(bytes);
        while (heard.hasRemaining()) {
            assertThat(server.read(heard)).isPositive();
        }
        return HexFormat.of().formatHex(heard.array());
    }

    @AfterEach
    void close() {
        client.close();
        pair.get(1).close();
    }

    @Test
    void asksForAnExportAndReadsFromIt() {
        says(GREETING, BLOCKS, INFO, ACK);
        assertThat(client.open("disk")).isEqualTo(1 << 20);
        assertThat(hears(4 + 16 + 10))
                .isEqualTo(
                        "00000003" + "49484156454f5054" + "00000007" + "0000000a" + "00000004" + "6469736b" + "0000");
        says("67446698 00000000 0000000000000001 c0ffee00");
        assertThat(client.read(512, 4))
                .isEqualTo(ByteBuffer.wrap(new byte[] {(byte) 0xc0, (byte) 0xff, (byte) 0xee, 0}));
        assertThat(hears(28))
                .isEqualTo("25609513" + "0000" + "0000" + "0000000000000001" + "0000000000000200" + "00000004");
    }

    @ParameterizedTest
    @CsvSource({
        "4e42444d41474943 0000420281861253 0000, greet",
        "4e42444d41474943 49484156454f5054 0000, newstyle",
        GREETING + " 0003e889045565a9 00000007 80000006 00000000, has no export disk (reply 2147483654)",
        GREETING + " 0003e889045565a9 00000007 00000003 7fffffff, as no NBD server does",
        GREETING + " 0003e889045565a9 00000001 00000003 00000000, as no NBD server does",
        GREETING + " 0000000000000000 00000007 00000003 00000000, as no NBD server does",
        GREETING + " " + ACK + ", has no export",
    })
    void refusesAServerThatTalksNonsense(String hex, String message) {
        says(hex);
        assertThatThrownBy(() -> client.open("disk")).hasMessageContaining(message);
    }

    @Test
    void refusesAServerThatNeverComesToAnEnd() {
        says(GREETING);
        for (int i = 0; i < 200; i++) {
            says(INFO);
        }
        assertThatThrownBy(() -> client.open("disk")).hasMessageContaining("does not come to an end");
    }

    @ParameterizedTest
    @CsvSource({
        "67446698 00000005 0000000000000001, reading at byte 4096 of the disk fails (EIO)",
        "67446698 00000000 0000000000000002, as no NBD server does",
        "00000000 00000000 0000000000000001, as no NBD server does",
    })
    void failsAReadThatIsNotAnsweredWithData(String hex, String message) {
        says(hex);
        assertThatThrownBy(() -> client.read(4096, 512)).hasMessageContaining(message);
    }

    @Test
    void waitsNoLongerThanItsTimeAndNotForOneThatIsGone() {
        NbdConnection impatient = new NbdConnection(pair.get(0), 10);
        assertThatThrownBy(() -> impatient.read(0, 512)).hasMessageContaining("has not answered");
        says("67446698 00000000 0000000000000001 c0ff");
        pair.get(1).close();
        assertThatThrownBy(() -> client.read(0, 4)).hasMessageContaining("has ended");
    }
}
