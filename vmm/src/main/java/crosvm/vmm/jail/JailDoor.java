package crosvm.vmm.jail;

import crosvm.seccomp.install.InstallableFilter;
import crosvm.vmm.VmmException;
import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.OwnProcess;
import crosvm.vmm.linux.UnixSocket;
import crosvm.vmm.linux.jna.LibC;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/**
 * The inside's part of closing a jail. The program opens what it needs, loads and compiles what it will run, and then calls
 * {@link #close}: it says that it is warm, waits until the starter has taken the file system away, and binds all its threads
 * to the filter that the starter has sent. Only after that may it look at a byte that a guest can influence. From then on a
 * thread of the door's answers the starter's question whether the process still runs, and ends the process when the starter
 * has gone. Used by the main thread, once.
 */
public final class JailDoor {

    /** The socket to the starter. */
    public static final int SOCKET = 3;

    /** The exit status when the starter is gone: nobody looks. */
    private static final int GONE = 3;

    /** x86-64's number of exit_group(2). */
    private static final long EXIT_GROUP = 231;

    private static final long PRCTL = 157;
    private static final long PR_SET_DUMPABLE = 4;

    private final DoorTalk starter;
    private final InstallableFilter filter;
    private final CountDownLatch closed = new CountDownLatch(1);

    private JailDoor(DoorTalk starter, InstallableFilter filter) {
        this.starter = starter;
        this.filter = filter;
    }

    /** Takes the filter and lays it out, while there still is a file system to load classes from. */
    public static JailDoor prepare() {
        DoorTalk starter = new DoorTalk(UnixSocket.owning(Fd.owning(SOCKET, "jail door")));
        return new JailDoor(starter, InstallableFilter.prepare(starter.receiveFilter()));
    }

    /**
     * The same for a program that was started as a {@link WaitingJail}; {@link #await} comes next.
     *
     * @throws VmmException when the starter has gone or says something else
     */
    public static JailDoor prepareLater() {
        DoorTalk starter = new DoorTalk(UnixSocket.owning(Fd.owning(SOCKET, "jail door")));
        starter.say(DoorTalk.READY);
        Integer word = starter.hear(-1, List.of());
        while (word != null && word == DoorTalk.PULSE && starter.say(DoorTalk.PULSE)) {
            word = starter.hear(-1, List.of());
        }
        if (word == null || word != DoorTalk.BECOME) {
            throw new VmmException("the process that started this jail has ended");
        }
        return new JailDoor(starter, InstallableFilter.prepare(starter.receiveFilter()));
    }

    /**
     * After {@link #prepareLater}: waits to be told what it is to be, and puts
     * its descriptors where they would have been from the start, {@link JailProgram#FIRST_DESCRIPTOR} the first.
     *
     * @return the words that would have been its arguments
     * @throws VmmException when the starter has gone
     */
    public List<String> await() {
        DoorTalk.Order order = starter.receiveOrder();
        int number = JailProgram.FIRST_DESCRIPTOR;
        for (Fd descriptor : order.descriptors()) {
            OwnProcess.place(descriptor, number++);
            descriptor.close();
        }
        while (number < JailProgram.FIRST_DESCRIPTOR + WaitingJail.PLACES) {
            Fd.owning(number++, "a place").close();
        }
        return order.words();
    }

    /**
     * Closes the door for good.
     *
     * @throws VmmException when the starter has gone or says something else
     * @throws crosvm.seccomp.policy.PolicyException when the kernel refuses the filter
     */
    public void close() {
        Thread pulse = new Pulse();
        pulse.setDaemon(true);
        pulse.start();
        TemporaryFiles.letGo();
        starter.say(DoorTalk.WARM);
        Integer word = starter.hear(-1, List.of());
        if (word == null || word != DoorTalk.GO) {
            throw new VmmException("the process that started this jail has ended");
        }
        // Whoever else has this user may neither trace this process nor look into its memory.
        ErrnoException.check(LibC.syscall(PRCTL, PR_SET_DUMPABLE, 0, 0, 0, 0, 0), "prctl(PR_SET_DUMPABLE)");
        // From the moment it exists a forbidden call waits for whoever has this; it must be nobody in here.
        try (Fd listener = Fd.owning(filter.installOnAllThreadsWithListener(), "forbidden calls")) {
            starter.say(DoorTalk.CLOSED, listener);
        }
        closed.countDown();
    }

    /** Answers the starter. No lambda, for which a JVM would make code at each start. */
    private final class Pulse extends Thread {
        Pulse() {
            super("jail door");
        }

        @Override
        public void run() {
            try {
                closed.await();
                Integer word = starter.hear(-1, List.of());
                while (word != null && word == DoorTalk.PULSE && starter.say(DoorTalk.PULSE)) {
                    word = starter.hear(-1, List.of());
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            leave(GONE); // Whoever cares for this jail is gone, or talks nonsense.
        }
    }

    /**
     * Ends the process at once. The JVM's own ways to end wait 300 ms for threads that are inside a system call, as ours are,
     * or start others, which the jail does not let them. Any thread; does not return.
     */
    public static void leave(int status) {
        LibC.syscall(EXIT_GROUP, status, 0, 0, 0, 0, 0);
    }
}
