package crosvm.vmm.console;

import crosvm.vmm.device.serial.Uart16550;
import crosvm.vmm.linux.FdChannel;
import crosvm.vmm.linux.Terminal;
import java.util.concurrent.CountDownLatch;

/**
 * A program for {@link ConsoleInputTest}: standard input and output on a serial port, with a "guest" behind it that
 * answers every character with its code in brackets, and {@code C} by failing as our own bugs would.
 */
public final class ConsoleProbe {
    private static final int DATA = 0;
    private static final int MCR = 4;
    private static final int LSR = 5;

    private ConsoleProbe() {}

    public static void main(String[] arguments) throws InterruptedException {
        CountDownLatch quit = new CountDownLatch(1);
        try (ConsoleHub hub = new ConsoleHub("com1")) {
            hub.showOn(FdChannel.over(1, "standard output"));
            hub.start();
            Uart16550 port = new Uart16550(hub, level -> {});
            hub.connect(port);
            try (Terminal terminal = Terminal.of(0)) {
                ConsoleInput input = ConsoleInput.start(terminal, hub, quit::countDown);
                try {
                    port.write(MCR, 1, 2);
                    print(port, "ready " + ProcessHandle.current().pid() + ".\n");
                    while (quit.getCount() > 0) {
                        echo(port);
                    }
                    print(port, "quit.\n");
                } finally {
                    input.close();
                }
            }
        }
    }

    private static void echo(Uart16550 port) throws InterruptedException {
        if ((port.read(LSR, 1) & 1) == 0) {
            Thread.sleep(1);
            return;
        }
        long character = port.read(DATA, 1);
        if (character == 'C') {
            throw new IllegalStateException("our own crash");
        }
        print(port, "[" + character + "]");
    }

    private static void print(Uart16550 port, String text) {
        text.chars().forEach(c -> port.write(DATA, 1, c));
    }
}
