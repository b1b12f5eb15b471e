package crosvm.vmm.linux;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.vmm.linux.jna.LibC;
import org.junit.jupiter.api.Test;

class TerminalTest {
    @Test
    void entersRawModeAndPutsEverythingBack() {
        try (Pty pty = new Pty()) {
            byte[] before = pty.modes();
            assertThat(pty.isRaw()).isFalse();
            Terminal terminal = Terminal.of(pty.terminal().number());
            assertThat(terminal.isTerminal()).isTrue();
            assertThat(terminal.enterRaw()).isTrue();
            assertThat(pty.isRaw()).isTrue();
            assertThat(terminal.enterRaw()).isTrue();
            terminal.close();
            assertThat(pty.modes()).isEqualTo(before);
            assertThat(terminal.enterRaw()).as("closed").isFalse();
            assertThat(pty.modes()).isEqualTo(before);
        }
    }

    @Test
    void keepsNewlinesInOutputRight() {
        try (Pty pty = new Pty();
                Terminal terminal = Terminal.of(pty.terminal().number())) {
            terminal.enterRaw();
            FdChannel.over(pty.terminal().number(), "terminal").write(java.nio.ByteBuffer.wrap(new byte[] {'a', '\n'}));
            pty.await("a\r\n");
        }
    }

    @Test
    void passesControlKeysThroughAndDoesNotEcho() {
        try (Pty pty = new Pty();
                Terminal terminal = Terminal.of(pty.terminal().number())) {
            terminal.enterRaw();
            String keys = "\u0003\u001a\u0004\r\u0011\u0013\u0016x";
            pty.type(keys);
            java.nio.ByteBuffer got = java.nio.ByteBuffer.allocate(100);
            FdChannel channel = FdChannel.over(terminal.fd(), "terminal");
            while (got.position() < keys.length()) {
                channel.read(got);
            }
            assertThat(new String(got.array(), 0, got.position(), java.nio.charset.StandardCharsets.ISO_8859_1))
                    .isEqualTo(keys);
            assertThat(pty.seenWithin(50)).isEmpty();
        }
    }

    @Test
    void entersRawModeAgainAfterSomebodyResetIt() {
        try (Pty pty = new Pty();
                Terminal terminal = Terminal.of(pty.terminal().number())) {
            byte[] before = pty.modes();
            terminal.enterRaw();
            NativeBuffer sane = NativeBuffer.allocate(before.length);
            sane.bytes().put(0, before);
            LibC.tcsetattr(pty.terminal().number(), 0, sane.address());
            assertThat(pty.isRaw()).isFalse();
            assertThat(terminal.enterRaw()).isTrue();
            assertThat(pty.isRaw()).isTrue();
        }
    }

    @Test
    void leavesWhatIsNoTerminalAlone() {
        try (Fd nothing = Fd.open("/dev/null", Fd.O_RDWR);
                Terminal terminal = Terminal.of(nothing.number())) {
            assertThat(terminal.isTerminal()).isFalse();
            assertThat(terminal.enterRaw()).isFalse();
            assertThat(terminal.inForeground()).isTrue();
        }
        try (Terminal closed = Terminal.of(987_654)) {
            assertThat(closed.isTerminal()).isFalse();
        }
    }
}
