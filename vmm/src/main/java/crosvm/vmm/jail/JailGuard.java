package crosvm.vmm.jail;

import crosvm.seccomp.install.Notification;
import crosvm.vmm.event.EventFd;
import crosvm.vmm.linux.BareLog;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.PollSet;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Watches a jailed process from outside, on a thread of its own, from the closing of its door to its end: names a forbidden
 * call and kills for it, and kills a process that is stopped or does not answer any more. A thread for each jail, because the
 * kernel may make whoever asks for a forbidden call wait for ever when its maker is killed at the wrong moment; that one jail
 * then goes unwatched, and the others do not.
 */
final class JailGuard implements AutoCloseable {
    /** How often it is looked whether the process has been stopped, and it is asked whether it runs: each wakes an idle host. */
    static final int PULSE_MILLISECONDS = 2000;

    /** Looks that must find it stopped: when all of crosvm is stopped and goes on, it may go on a moment later than we do. */
    static final int STOPPED_LOOKS = 2;

    /** Questions it may leave unanswered. Counted, not timed: time passes also while all of this machine is suspended. */
    static final int PATIENCE = 10;

    private static final int JOIN_MILLISECONDS = 500;
    private static final Logger LOG = BareLog.of(JailGuard.class);

    private final JailedProcess jail;
    private final JailPolicy policy;
    private final DoorTalk inside;
    private final Fd listener;
    private final EventFd stop;
    private final AtomicReference<@Nullable String> finding = new AtomicReference<>();
    private final Thread thread;

    private final PollSet events;
    private final @Nullable ForeignCalls foreign;

    /**
     * @param listener of the filter; closed with this
     * @param foreign answers calls of a program that is not ours and so answers no pulse; null for one of ours
     */
    JailGuard(
            JailedProcess jail,
            JailPolicy policy,
            DoorTalk inside,
            Fd door,
            Fd listener,
            @Nullable ForeignCalls foreign) {
        this.jail = jail;
        this.foreign = foreign;
        this.policy = policy;
        this.inside = inside;
        this.listener = listener;
        this.stop = EventFd.create("guard of " + jail.name());
        this.events = PollSet.readable(stop.fd().number(), listener.number(), door.number());
        this.thread = new Thread(this::run, "guard-" + jail.name());
        thread.setDaemon(true);
        thread.start();
    }

    /** Why the process was killed from here: {@code was killed for execve(…), which …}; null when it was not. Any thread. */
    @Nullable String finding() {
        return finding.get();
    }

    private void run() {
        try {
            watch();
        } catch (RuntimeException e) {
            kill("was killed because it can no longer be watched: " + e.getMessage());
        }
    }

    private void watch() {
        int unanswered = 0;
        int stopped = 0;
        while (unanswered <= PATIENCE && stopped < STOPPED_LOOKS) {
            boolean woken = events.await(PULSE_MILLISECONDS);
            if (woken && events.ready(0)) {
                return;
            }
            if (woken && events.ready(1) && (!events.hasData(1) || forbiddenCall())) {
                return; // A hang-up: nobody is left who could make calls.
            }
            if (woken && events.ready(2)) {
                Integer word = inside.hear(0, List.of());
                if (word != null && word != DoorTalk.PULSE) {
                    return; // It has ended, or closed its door to hide; then its devices hang up or are given up.
                }
                unanswered = 0;
            }
            if (!woken) {
                stopped = jail.isStopped() ? stopped + 1 : 0;
            }
            if (!woken && foreign == null) {
                inside.offer(DoorTalk.PULSE); // One that does not listen does not answer either.
                unanswered++;
            }
        }
        kill(
                stopped == STOPPED_LOOKS
                        ? "was stopped (SIGSTOP) from outside and was killed"
                        : "has not answered for " + PATIENCE * PULSE_MILLISECONDS / 1000 + " s (hung) and was killed");
    }

    /** @return whether that was the end */
    private boolean forbiddenCall() {
        Notification notification = Notification.receive(listener.number());
        if (notification == null) {
            return !jail.isAlive(); // Its maker was killed before we looked.
        }
        if (foreign != null && foreign.answer(notification, listener.number())) {
            return false;
        }
        String what = policy.describe(notification.call());
        if (policy.onViolation() == JailPolicy.OnViolation.LOG) {
            LOG.log(Level.WARNING, jail.name() + ": its process " + jail.outerPid() + " made the system call " + what);
            notification.letThrough(listener.number());
            return false;
        }
        kill("was killed for the system call " + what);
        return true;
    }

    private void kill(String why) {
        finding.compareAndSet(null, why);
        jail.kill();
    }

    @Override
    public void close() {
        stop.signal();
        try {
            thread.join(JOIN_MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (!thread.isAlive()) {
            stop.close();
            listener.close();
        }
    }
}
