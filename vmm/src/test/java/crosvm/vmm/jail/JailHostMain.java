package crosvm.vmm.jail;

import crosvm.seccomp.policy.Policy;
import crosvm.seccomp.policy.PolicySource;
import crosvm.vmm.VmmException;
import crosvm.vmm.event.EventFd;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.Memfd;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.linux.ProcessExit;
import crosvm.vmm.linux.jna.LibC;
import java.io.IOException;
import java.util.List;

/** Stands for the VMM: starts one {@link JailedLoopMain} in a jail and talks to it as its standard input asks. */
final class JailHostMain {

    private JailHostMain() {}

    public static void main(String[] arguments) throws IOException {
        try (EventFd kick = EventFd.create("kick");
                EventFd call = EventFd.create("call");
                Fd data = Memfd.sealed("disk", 8192)) {
            NativeBuffer block = NativeBuffer.allocate(16);
            block.bytes().putLong(0, 0x1122334455667788L);
            NativeBuffer iovec = NativeBuffer.allocate(16);
            iovec.bytes().putLong(0, block.address()).putLong(8, 16);
            LibC.pwritev(data.number(), iovec.address(), 1, 0);
            Fd log = Fd.owning(2, "standard error");
            List<String> command = JvmCommand.of(8, List.of(), JailedLoopMain.class, List.of());
            JailPolicy policy = new JailPolicy(
                    Policy.load(PolicySource.bundled(), "block_device.policy"), JailPolicy.OnViolation.KILL);
            long start = System.nanoTime();
            try (JailedProcess jail = JailedProcess.start(
                    new JailProgram("loop", command, policy, log, List.of(kick.fd(), call.fd(), data)))) {
                jail.closeDoor(20_000);
                System.out.println("JAIL " + jail.launcher().pid() + " "
                        + jail.pid().orElse(0) + " " + (System.nanoTime() - start) / 1000 + " us");
                serve(kick, call, jail);
            }
            LibC.preadv(data.number(), iovec.address(), 1, 4096);
            System.out.println("DATA " + Long.toHexString(block.bytes().getLong(0)));
        } catch (VmmException e) {
            System.out.println("ERROR " + e.getMessage());
        }
    }

    private static void serve(EventFd kick, EventFd call, JailedProcess jail) throws IOException {
        NativeBuffer value = NativeBuffer.allocate(8);
        while (true) {
            String[] words = line().split(" ");
            switch (words[0]) {
                case "io" -> {
                    int count = Integer.parseInt(words[1]);
                    long start = System.nanoTime();
                    for (int i = 0; i < count; i++) {
                        kick.signal();
                        if (call.await(10_000) == 0) {
                            System.out.println("no answer to kick " + i);
                            return;
                        }
                    }
                    System.out.println("done " + (System.nanoTime() - start) / count + " ns each");
                }
                case "call" -> {
                    value.bytes().putLong(0, 1000 + Long.parseLong(words[1]));
                    LibC.write(kick.fd().number(), value.address(), 8);
                    System.out.println(answer(call, jail));
                }
                default -> {
                    return;
                }
            }
        }
    }

    private static String answer(EventFd call, JailedProcess jail) {
        for (int i = 0; i < 100; i++) {
            long count = call.await(50);
            if (count > 0) {
                return "errno " + (count - 1);
            }
            ProcessExit status = jail.exitStatus();
            if (status != null) {
                return status + " " + jail.finding();
            }
        }
        return "nothing";
    }

    private static String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = System.in.read(); c >= 0 && c != '\n'; c = System.in.read()) {
            line.append((char) c);
        }
        return line.toString();
    }
}
