package crosvm.vmm.operation;

import crosvm.vmm.control.Argument;
import crosvm.vmm.control.Arguments;
import crosvm.vmm.control.Operation;
import crosvm.vmm.control.Reply;
import crosvm.vmm.event.EventLoop;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code down}: has the guest shut itself down, and ends the machine when that takes too long. A later one sets a new limit. */
final class DownOperation implements Operation {
    /** A guest that is still starting does not hear the button, so it is pressed again after so long, in milliseconds. */
    private static final long PRESS_INTERVAL_MILLISECONDS = 5_000;

    private static final String TIMEOUT = "timeout";
    private static final long MAX_TIMEOUT_SECONDS = 24 * 60 * 60;

    private final GuestControl guest;
    private final EventLoop loop;
    private EventLoop.@Nullable Timer deadline;

    DownOperation(GuestControl guest, EventLoop loop) {
        this.guest = guest;
        this.loop = loop;
    }

    @Override
    public String name() {
        return "down";
    }

    @Override
    public String help() {
        return "shut the guest down with the power button; end the machine after the timeout";
    }

    @Override
    public List<Argument> arguments() {
        return List.of(new Argument(TIMEOUT, "in seconds, 0 to " + MAX_TIMEOUT_SECONDS));
    }

    @Override
    public void run(Arguments arguments, Reply reply) {
        long timeout = arguments.number(TIMEOUT, 0, MAX_TIMEOUT_SECONDS);
        guest.announceEnd();
        boolean pressing = deadline != null;
        if (deadline != null) {
            deadline.close();
        }
        deadline = loop.after(timeout * 1_000, () -> end(timeout));
        guest.resume(() -> {}); // A suspended guest hears no button.
        if (!pressing) {
            press();
        }
        reply.done();
    }

    private void end(long timeout) {
        if (timeout == 0) {
            guest.end(); // Nobody wanted to wait for the guest.
        } else {
            guest.forceOff("the guest did not shut down within " + timeout + " s");
        }
    }

    private void press() {
        guest.pressPowerButton();
        loop.after(PRESS_INTERVAL_MILLISECONDS, () -> {
            if (!guest.isEnding()) {
                press();
            }
        });
    }
}
